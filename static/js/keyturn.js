// Everything works without this file; it adds the CSRF header, spares hidden tabs from polling, says when polls fail,
// moves focus, folds lists, copies, prints, ticks, and lets the keypad's digits be typed without a page load.
"use strict";

const cookie = (name) =>
  document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? cookie("csrftoken");
  if (event.detail.verb !== "get" && token) event.detail.headers["X-CSRFToken"] = token;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const region = event.detail.elt;
  const polls = region.getAttribute("data-hx-trigger")?.startsWith("every");
  if (polls && (document.hidden || region.querySelector("input:focus, select:focus, [data-hold]:checked"))) {
    event.preventDefault();
  } else {
    region.setAttribute("aria-busy", "true");
  }
});

document.addEventListener("htmx:afterRequest", (event) => {
  event.detail.elt.removeAttribute("aria-busy");
  const stale = document.getElementById("stale");
  const { status } = event.detail.xhr;
  if (stale) stale.hidden = status > 0 && status < 500;
  if (event.detail.elt.matches("[data-clear]")) event.detail.elt.reset();
});

const unhide = () => {
  for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-copy]")) part.hidden = !navigator.clipboard;
};
unhide();

// On a phone the bar of pages is wider than the screen: show where we are.
const tab = document.querySelector(".nav-list [aria-current]")?.parentElement;
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.clientWidth / 2;

document.addEventListener("htmx:afterSettle", (event) => {
  unhide();
  document.getElementById(event.target.id)?.querySelector("[data-focus]")?.focus();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tick-all]")) return;
  for (const one of document.querySelectorAll("[data-tick]")) one.checked = event.target.checked;
});

const announce = (text) => {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
};

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-print]")) {
    window.print();
    return;
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent.trim());
    announce("Copied.");
    return;
  }
  const key = event.target.closest("[data-digit], [data-erase]");
  const field = key?.form?.elements.pin;
  if (field) field.value = key.dataset.digit ? field.value + key.dataset.digit : field.value.slice(0, -1);
});

// Lists stay over every poll as a person left them, by their id; those that a narrow window folds, else by the room.
const narrow = matchMedia("(max-width: 40rem)");
const left = new Map();

const fold = () => {
  for (const list of document.querySelectorAll("details[id]:not(.menu)")) {
    const roomy = "fold" in list.dataset ? !narrow.matches || list.dataset.fold === "never" : list.open;
    list.open = left.get(list.id) ?? roomy;
  }
};

fold();
for (const one of ["htmx:afterSwap", "htmx:oobAfterSwap"]) document.addEventListener(one, fold);
narrow.addEventListener("change", () => {
  for (const list of document.querySelectorAll("details[data-fold]")) left.delete(list.id);
  fold();
});
document.addEventListener("click", (event) => {
  const list = event.target.closest?.("details[id]:not(.menu) > summary")?.parentElement;
  if (list) left.set(list.id, !list.open);
});

// One open menu at a time; Escape closes it and gives the focus back.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
