// The pass works without this file; it looks again by itself, and says when there is no connection.
"use strict";

const offline = (is) => { document.getElementById("no-connection").hidden = !is; };

const fetchPart = async (address, method, id) => {
  const answer = await fetch(address, { method, headers: { Accept: "text/html" }, cache: "no-store", redirect: "error" });
  if (!answer.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
};

const swap = (now, next) => {
  if (!next || now.isEqualNode(next)) return now;
  const focused = now.contains(document.activeElement) ? document.activeElement.id : "";
  now.replaceWith(next);
  if (focused) document.getElementById(focused)?.focus();
  return next;
};

const watch = async () => {
  let live = document.getElementById("live");
  for (;;) {
    await new Promise((done) => setTimeout(done, 1000 * Number(live?.dataset.poll ?? 20)));
    if (document.hidden || !live) continue;
    try {
      live = swap(live, await fetchPart(live.dataset.from, "GET", "live"));
      const help = document.getElementById("help");
      if (help?.dataset.check) await check(help);
      offline(false);
    } catch {
      offline(true);
    }
  }
};

// The guest waits for what the lock says: where it ends in another code, that is shown at once.
const check = async (help) => {
  const answer = await fetch(help.dataset.check, { method: "POST", cache: "no-store", redirect: "error" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const code = page.getElementById("code");
  if (code?.querySelector("output")) swap(document.getElementById("code"), code);
  swap(help, page.getElementById("help"));
};

if (document.getElementById("live")) watch();
