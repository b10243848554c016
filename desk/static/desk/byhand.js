// A new booking by hand. On every page: "n" opens it as a panel, and so does any link to its address; `?phone=`,
// `technician=`, `starts_at=`, `lead=` and `service=` in the link fill it. Inside of it Enter leads to the next step.
// Everything works without this file, too: the panel is a page of its own, and its form a plain one.
(() => {
  "use strict";

  const script = document.currentScript;
  const PAGE = script.dataset.page;
  const here = location.pathname === PAGE;
  const SOON = 120;
  let panel = null;

  const one = (selector) => document.querySelector(selector);
  const root = () => document.getElementById("byhand");
  const form = () => document.getElementById("bh-form");
  const all = (selector) => [...(root()?.querySelectorAll(selector) ?? [])];
  const typing = (element) => element.matches?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

  // ---------------------------------------------------------------- what goes wrong on the way

  const say = (text) => {
    const line = one("#byhand .bh-lost") ?? panel?.querySelector(".bh-lost");
    if (!line) return;
    line.hidden = !text;
    line.textContent = text;
  };
  const LOST = "No answer from the server, and nothing was booked that is not shown as booked. Press again.";
  const OUT = "You are signed out. Sign in again in another tab, then press again; what you typed stays here.";
  const ours = (event) => event.target.closest?.("#byhand, .bh-panel");

  // ---------------------------------------------------------------- the panel

  const dialog = () => {
    if (panel) return panel;
    const href = script.dataset.style;
    if (!one(`link[href="${href}"]`)) {
      document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
    }
    panel = document.createElement("dialog");
    panel.className = "bh-panel";
    panel.setAttribute("aria-label", "New booking");
    const close = document.createElement("button");
    close.type = "button";
    close.className = "bh-close";
    close.setAttribute("aria-label", "Close");
    close.textContent = "×";
    close.addEventListener("click", () => panel.close());
    const lost = document.createElement("p");
    lost.className = "desk-problem bh-lost";
    lost.setAttribute("role", "alert");
    lost.hidden = true;
    const host = document.createElement("div");
    host.className = "bh-host";
    panel.append(close, lost, host);
    panel.addEventListener("click", (event) => { if (event.target === panel) panel.close(); });
    document.body.append(panel);
    return panel;
  };

  const focusFirst = () => {
    const first = root()?.dataset.state === "done" ? one("#bh-another") : one("#bh-q");
    first?.focus();
  };

  // What is typed stays when the panel is closed. A gap that is clicked meanwhile fills the time of a form begun.
  const fill = (asked) => {
    const starts = asked.get("starts_at");
    form().elements.on.value = starts.slice(0, 10);
    form().elements.at.value = starts.slice(11, 16);
    if (asked.has("technician")) form().elements.technician.value = asked.get("technician");
    one("#bh-own").open = true;
    follow();
  };

  const open = async (query = "") => {
    const asked = new URLSearchParams(query);
    const box = dialog();
    if (!box.open) box.showModal();
    const begun = root()?.dataset.state === "form" && one("#bh-q")?.value;
    const same = [...asked.keys()].every((name) => ["technician", "starts_at", "shop"].includes(name));
    if (begun && same && [null, form().elements.shop.value].includes(asked.get("shop"))) {
      if (asked.has("starts_at")) fill(asked);
      return focusFirst();
    }
    box.querySelector(".bh-host").textContent = "Loading…";
    try {
      asked.set("panel", "1");
      await window.htmx.ajax("GET", `${PAGE}?${asked}`, { target: box.querySelector(".bh-host"), swap: "innerHTML" });
    } catch {
      say(LOST);
    }
  };
  window.deskBook = (fields = {}) => {
    const shop = one("[data-shop]")?.dataset.shop; // the one whose board is looked at
    const asked = new URLSearchParams(shop ? { shop, ...fields } : fields);
    if (here) location.assign(`${PAGE}?${asked}`);
    else open(asked);
  };

  // ---------------------------------------------------------------- what follows what is typed

  // The times and the verdict are asked for again only when something changed that they depend on: a button must not be
  // swapped under somebody's finger.
  let known = { times: "", verdict: "" };
  let timers = {};
  const ZIP = /\b(\d{5})(?:-\d{4})?\b(?!.*\b\d{5}\b)/;
  const zip = () => {
    const person = one("input[name=customer]:checked");
    const whose = person?.value ?? "new";
    const place = one(`input[name="place-${CSS.escape(whose)}"]:checked`);
    if (place?.dataset.zip !== undefined) return place.dataset.zip;
    return (one(`input[name="address-${CSS.escape(whose)}"]`)?.value ?? "").match(ZIP)?.[1] ?? "";
  };
  const keys = () => {
    const said = new FormData(form());
    const terms = ["service", "urgency", "equipment", "years"].map((name) => said.get(name));
    terms.push(zip(), one("input[name=customer]:checked")?.dataset.member ?? "");
    return {
      times: JSON.stringify([...terms, said.get("day"), said.get("part")]),
      verdict: JSON.stringify([...terms, said.get("on"), said.get("at"), said.get("technician")]),
    };
  };
  const ask = (what) => {
    clearTimeout(timers[what]);
    timers[what] = setTimeout(() => {
      timers[what] = null;
      if (window.htmx && one(`#bh-${what}`)) window.htmx.trigger(`#bh-${what}`, `bh-${what}`);
    }, SOON);
  };
  const follow = () => {
    if (!form()) return;
    const now = keys();
    for (const what of ["times", "verdict"]) {
      if (now[what] !== known[what]) ask(what);
    }
    known = now;
  };

  // ---------------------------------------------------------------- steps, by Enter

  // Who types fast presses Enter before the answer is there: the step is taken when it is.
  const pending = { who: false, step: null, more: 0 };
  const busy = (id) => document.getElementById(id)?.classList.contains("htmx-request") || Boolean(timers[id.slice(3)]);

  const toWhat = () => one("#byhand input[name=service]:checked")?.focus();
  const toTimes = () => {
    if (busy("bh-times") || busy("bh-verdict")) pending.step = toTimes;
    else (one("#bh-verdict .bh-time") ?? one("#byhand .bh-held") ?? one("#bh-times .bh-time"))?.focus();
  };
  const toWho = () => {
    if (pending.who) {
      pending.step = toWho;
      return;
    }
    const people = all("input[name=customer]");
    const chosen = people.find((each) => each.checked);
    if (chosen ? chosen.value === "new" : one("#bh-name")) {
      const empty = all(".bh-new input").find((each) => !each.value && each.type !== "hidden");
      (empty ?? one("#bh-name"))?.focus();
    } else if (chosen) {
      toWhat();
    } else if (people.length) {
      people[0].click();
      people[0].focus();
    }
  };
  const next = (from) => {
    if (from.id === "bh-q") return toWho();
    if (from.name === "customer") return from.value === "new" ? one("#bh-name")?.focus() : toWhat();
    if (from.closest(".bh-new")) {
      const fields = all(".bh-new input:not([type=hidden])");
      return (fields[fields.indexOf(from) + 1] ?? one("#byhand input[name=service]:checked"))?.focus();
    }
    if (from.closest("#bh-who")) return toWhat();
    if (from.closest("#bh-own")) {
      const empty = all("#bh-own .bh-input").find((each) => !each.value);
      return (empty ?? one("#bh-verdict .bh-time"))?.focus();
    }
    return toTimes();
  };

  document.addEventListener("keydown", (event) => {
    if (panel?.contains(event.target)) event.stopPropagation(); // the page behind has keys of its own
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = event.target;
    const inside = at.closest?.("#byhand");
    if (event.key === "Enter" && inside && at.matches("input, select")) {
      event.preventDefault();
      if (!pending.step) next(at);
      else pending.more = Math.min(pending.more + 1, 2);
      return;
    }
    if (event.key === "Escape" && inside && typing(at) && at.value && at.type !== "date" && at.type !== "time" && panel?.open) {
      event.preventDefault();
      return at.blur();
    }
    if (typing(at)) return;
    if (inside && /^[1-3]$/.test(event.key)) {
      const button = all("#bh-times .bh-time:not(.bh-later)")[Number(event.key) - 1];
      if (button) event.preventDefault();
      button?.click();
      return;
    }
    if (event.key !== "n" || one("dialog[open]")) return;
    event.preventDefault();
    if (here) focusFirst();
    else window.deskBook();
  }, true);

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const to = new URL(link.href, location.href);
    if (to.origin !== location.origin || to.pathname !== PAGE || (here && !panel?.open)) return;
    event.preventDefault();
    open(to.search);
  });

  // ---------------------------------------------------------------- what htmx tells

  document.addEventListener("input", (event) => {
    if (!event.target.closest?.("#bh-form")) return;
    if (event.target.id === "bh-q") pending.who = true;
    else follow();
  });
  document.addEventListener("change", (event) => {
    if (event.target.closest?.("#bh-form") && event.target.id !== "bh-q") follow();
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (!ours(event) || event.detail.xhr.status !== 401) return;
    event.preventDefault(); // else the whole page would go to sign in, and what was typed with it
    say(OUT);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!ours(event)) return;
    // A sign-in page is no part of a booking.
    const from = new URL(event.detail.xhr.responseURL || location.href, location.href).pathname;
    if (from.startsWith(PAGE)) return;
    event.detail.shouldSwap = false;
    say(OUT);
  });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      if (!ours(event)) return;
      pending.who = false;
      say(event.detail.xhr?.status === 403 ? OUT : LOST);
    });
  }
  const settled = (event) => {
    const what = event.target;
    if (!what.closest?.("#byhand") && !what.querySelector?.("#byhand")) return;
    say("");
    if (what.id === "bh-who") {
      pending.who = false;
      follow();
    } else if (what.id !== "bh-times" && what.id !== "bh-verdict") {
      if (form()) known = keys();
      const refused = root().dataset.state === "form" && one("#byhand .desk-problem:not([hidden])");
      if (!refused) focusFirst();
      else if (one("#byhand .bh-held")) toWho();
      else toTimes();
      tick();
    }
    const step = pending.step;
    pending.step = null;
    step?.();
    while (!pending.step && pending.more) {
      pending.more -= 1;
      if (document.activeElement?.matches("#byhand :is(input, select)")) next(document.activeElement);
    }
  };
  document.addEventListener("htmx:afterSettle", settled);

  // The way back is there for a minute.
  const tick = () => {
    const undo = one("#byhand .bh-undo");
    if (!undo) return;
    const left = Number(undo.dataset.left) - 1;
    undo.dataset.left = String(left);
    undo.querySelector(".bh-left").textContent = `${Math.max(0, left)} s`;
    if (left < 0) undo.remove();
  };
  setInterval(tick, 1000);

  if (here && form()) known = keys();
})();
