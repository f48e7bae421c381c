// The pass works without this file. With it nothing that stands on the page is lost where the connection is poor: what
// is asked for is fetched, and only an answer replaces anything. It looks again by itself.
"use strict";

const PATIENCE = 15000;
const by = (id) => document.getElementById(id);
const show = (id, is) => { const note = by(id); if (note) note.hidden = !is; };
const offline = (is) => show("no-connection", is);

const ask = async (address, method = "GET", body = undefined) => {
  const signal = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(address, { method, body, signal, headers: { Accept: "text/html" }, cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  offline(false);
  return { page, ok: answer.ok || answer.status === 429 };
};

const swap = (now, next) => {
  if (!now || !next || now.isEqualNode(next)) return;
  const focused = now.contains(document.activeElement) ? document.activeElement.id : "";
  now.replaceWith(next);
  if (focused) by(focused)?.focus();
};

// A code that is read stays where it is, unless there is another one or the guest hides it.
const keepCode = (page) => {
  const [now, next] = [by("code"), page.getElementById("code")];
  const keeps = now?.querySelector("output") && next && !next.querySelector("output") && !page.getElementById("changed");
  if (keeps && page.getElementById("live")?.dataset.backups === by("live")?.dataset.backups) next.replaceWith(now.cloneNode(true));
};

// One look is planned at a time, as soon as the page as it stands asks for it.
let planned = 0;
const plan = () => {
  clearTimeout(planned);
  const seconds = Number(by("live")?.dataset.poll);
  if (seconds) planned = setTimeout(look, 1000 * seconds);
};

const showPage = (page, { keep, from }) => {
  const next = page.getElementById("content");
  if (!next) return false;
  if (keep) keepCode(page);
  const focused = document.activeElement?.id;
  by("content").replaceWith(next);
  plan();
  document.title = page.title || document.title;
  const alarm = next.querySelector("[role=alert]");
  const target = (focused && by(focused)) || by(from)?.querySelector("h2");
  if (target && !target.matches("button, a")) target.tabIndex = -1;
  target?.focus({ preventScroll: Boolean(alarm) });
  alarm?.scrollIntoView({ block: "center" });
  return true;
};

const busy = (form, is) => {
  if (is) form.setAttribute("aria-busy", "true"); else form.removeAttribute("aria-busy");
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", is);
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  if (form.hasAttribute("aria-busy")) return;
  busy(form, true);
  show("not-sent", false);
  try {
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const { page, ok } = await ask(form.action, "POST", body);
    if (ok && showPage(page, { keep: true, from: form.closest("section")?.id })) return;
    show("not-sent", true);
  } catch {
    offline(!navigator.onLine);
    show("not-sent", true);
  }
  busy(form, false);
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.origin !== location.origin || link.hash) return;
  if (link.pathname !== location.pathname && !by("live")?.dataset.page.startsWith(link.pathname)) return;
  event.preventDefault();
  if (link.id === "hide-code") for (const pin of document.querySelectorAll("output.pin")) pin.textContent = "••••";
  try {
    const { page, ok } = await ask(link.href);
    if (link.hreflang) document.documentElement.lang = page.documentElement.lang;
    if (!ok || !showPage(page, { keep: false, from: link.closest("section")?.id })) return;
    if (link.hreflang) { swap(document.querySelector("footer"), page.querySelector("footer")); history.replaceState(null, "", link.href); }
  } catch {
    offline(true);
  }
});

// The guest waits for what the lock says: where it ends in another code, that is shown at once.
const check = async (address) => {
  const { page, ok } = await ask(address, "POST");
  if (!ok) return;
  const code = page.getElementById("code");
  if (code?.querySelector("output")) swap(by("code"), code);
  swap(by("help"), page.getElementById("help"));
};

const look = async () => {
  const live = by("live");
  try {
    if (!live || document.hidden) return;
    const { page, ok } = await ask(live.dataset.from);
    const next = page.getElementById("live");
    if (!ok || !next) return;
    const moved = next.dataset.phase !== live.dataset.phase;
    if (moved || next.dataset.backups !== live.dataset.backups) {
      showPage((await ask(live.dataset.page)).page, { keep: !moved });
    } else swap(by("live"), next);
    const address = by("help")?.dataset.check;
    if (address) await check(address);
  } catch {
    offline(true);
  } finally {
    plan();
  }
};

// Whoever fetches the page may be a preview in a chat; whoever touches it is a person.
const SIGNS = ["pointerdown", "pointermove", "keydown", "touchstart", "wheel"];
const listen = () => { for (const sign of SIGNS) addEventListener(sign, opened, { passive: true }); };
const opened = () => {
  for (const sign of SIGNS) removeEventListener(sign, opened);
  fetch(document.body.dataset.opened, { method: "POST", keepalive: true, cache: "no-store" }).catch(listen);
};
if (document.body.dataset.opened) listen();

addEventListener("offline", () => offline(true));
addEventListener("online", look);
document.addEventListener("visibilitychange", look);
plan();
