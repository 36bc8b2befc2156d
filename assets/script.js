// What a keyboard adds: j and k move between picks, o opens, s saves, u says useful, / searches, ? explains.
// Everything here works without it too.
"use strict";
(() => {
  const picks = () => Array.from(document.querySelectorAll("[data-pick]"));
  const say = (words) => { document.getElementById("status").textContent = words; };
  let here = null;

  const current = () => (here ? document.getElementById(here) : null);

  const goTo = (pick) => {
    if (!pick) return;
    const before = current();
    if (before) delete before.dataset.here;
    pick.dataset.here = "";
    here = pick.id;
    const link = pick.querySelector("h2 a, h3 a");
    if (link) link.focus({ preventScroll: true });
    pick.scrollIntoView({ block: "center" });
  };

  const step = (by) => {
    const all = picks();
    const at = all.findIndex((pick) => pick.id === here);
    goTo(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]);
  };

  const press = (act) => {
    const place = current() || (picks().length ? null : document.querySelector(".reading"));
    const button = place && place.querySelector(`[data-act="${act}"]`);
    if (button) button.click();
  };

  const keys = {
    j: ["next pick", () => step(1)],
    k: ["previous pick", () => step(-1)],
    o: ["open it", () => { const pick = current(); const link = pick && pick.querySelector("h2 a, h3 a"); if (link) link.click(); }],
    s: ["save it, or take it back", () => press("save")],
    u: ["useful, or take it back", () => press("useful")],
    "/": ["search", () => { location.href = "/search"; }],
    "?": ["these keys", () => explain()],
  };

  const explain = () => {
    let dialog = document.getElementById("keys");
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.id = "keys";
      dialog.setAttribute("aria-labelledby", "keys-title");
      const title = document.createElement("h2");
      title.id = "keys-title";
      title.textContent = "Keys";
      const list = document.createElement("dl");
      for (const [key, [meaning]] of Object.entries(keys)) {
        const term = document.createElement("dt");
        const cap = document.createElement("kbd");
        cap.textContent = key;
        term.append(cap);
        const words = document.createElement("dd");
        words.textContent = meaning;
        list.append(term, words);
      }
      const form = document.createElement("form");
      form.method = "dialog";
      const close = document.createElement("button");
      close.textContent = "Close";
      form.append(close);
      dialog.append(title, list, form);
      document.body.append(dialog);
    }
    if (!dialog.open) dialog.showModal();
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keys[event.key];
    if (key) { event.preventDefault(); key[1](); }
  });

  for (const button of document.querySelectorAll("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", explain);
  }

  // Browsers give the clipboard to https and to this machine alone; elsewhere the address bar is there.
  for (const place of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    place.hidden = false;
    const button = place.querySelector("button");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(location.origin + location.pathname);
        button.textContent = "Link copied";
        say("The link is copied.");
      } catch { say("The link could not be copied."); }
    });
  }

  document.body.addEventListener("htmx:afterSwap", () => {
    const pick = current();
    if (pick) pick.dataset.here = "";
    say("Done.");
  });
  // Where the swap cannot work, the plain form still does.
  for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:swapError"]) {
    document.body.addEventListener(failed, (event) => {
      say("That did not work.");
      const form = event.detail.elt && event.detail.elt.closest("form");
      if (form && failed === "htmx:responseError") form.submit();
    });
  }

  if ("serviceWorker" in navigator && window.isSecureContext) navigator.serviceWorker.register("/worker.js").catch(() => {});
})();
