// The board keeps itself true: it asks every two seconds whether anything changed, and swaps the page's middle if so.
// Works without it, too: every control on the page is a plain link or form.
(() => {
  "use strict";

  const host = document.getElementById("board-host");
  if (!host) return;
  const EVERY = 2000;
  const offline = document.getElementById("board-offline");
  const help = document.getElementById("board-help");
  const board = () => document.getElementById("board");
  let asking = false;
  let failures = 0;

  const age = (seconds) => {
    if (seconds < 100) return `${seconds} s`;
    if (seconds < 6000) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} days`;
  };

  // Clocks differ: ages are counted from the server's time of the last swap, plus what has passed here since.
  let readAt = 0;
  let shownAt = 0;
  const serverNow = () => readAt + (performance.now() - shownAt);

  const tick = () => {
    const now = serverNow();
    for (const each of host.querySelectorAll("time[data-since]")) {
      each.textContent = age(Math.max(0, Math.floor((now - Date.parse(each.dataset.since)) / 1000)));
    }
    for (const each of host.querySelectorAll("time[data-until]")) {
      // A hold that ran out leaves at once; the next answer of the server leaves it out, too.
      const left = Math.floor((Date.parse(each.dataset.until) - now) / 1000);
      each.textContent = `${Math.floor(Math.max(0, left) / 60)}:${String(Math.max(0, left) % 60).padStart(2, "0")}`;
      each.closest(".bd-card").hidden = left < 0;
    }
    const line = host.querySelector(".bd-now");
    if (line) {
      const share = (now - Date.parse(board().dataset.starts)) / (Number(board().dataset.seconds) * 1000);
      line.style.setProperty("--l", Math.min(100, Math.max(0, share * 100)).toFixed(3));
    }
  };

  const shown = () => {
    readAt = Date.parse(board().dataset.read);
    shownAt = performance.now();
    tick();
  };

  const query = (more) => {
    // Without a day in the address the page is today's, also when it is left open overnight.
    const here = new URLSearchParams(location.search);
    const asked = new URLSearchParams(more);
    for (const name of ["day", "shop"]) if (here.has(name)) asked.set(name, here.get(name));
    return asked;
  };

  const say = (what) => {
    offline.hidden = !what;
    for (const each of offline.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== what;
    if (what) offline.querySelector("time").textContent = new Date(readAt).toLocaleTimeString();
  };

  const swap = (html) => {
    const next = new DOMParser().parseFromString(html, "text/html").getElementById("board");
    if (!next) throw new Error("no board in the answer");
    const active = host.contains(document.activeElement) ? document.activeElement : null;
    const field = active && active.matches("input") ? active : null;
    const scroll = host.querySelector(".bd-sheet")?.scrollLeft ?? 0;
    const id = active?.id;
    if (field) {
      // What is being typed stays, cursor and all: the very same field moves into the new page.
      const twin = next.querySelector(`#${CSS.escape(field.id)}`);
      const [from, to] = field.type === "search" ? [field.selectionStart, field.selectionEnd] : [null, null];
      board().replaceWith(next);
      twin?.replaceWith(field);
      field.focus({ preventScroll: true });
      if (from !== null) field.setSelectionRange(from, to);
    } else {
      const typed = document.getElementById("bd-search")?.value;
      board().replaceWith(next);
      if (typed) document.getElementById("bd-search").value = typed;
      if (id) document.getElementById(id)?.focus({ preventScroll: true });
    }
    const sheet = host.querySelector(".bd-sheet");
    if (sheet) sheet.scrollLeft = scroll;
    shown();
  };

  const ask = async () => {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(`${host.dataset.changes}?${query()}`, {
        headers: { "If-None-Match": `"${board().dataset.token}"` },
        cache: "no-store",
        redirect: "manual",
        signal: AbortSignal.timeout(10000),
      });
      if (answer.type === "opaqueredirect" || answer.status === 403) return say("out");
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(`answer ${answer.status}`);
        const page = await fetch(`${host.dataset.page}?${query({ fragment: "1" })}`, {
          cache: "no-store",
          redirect: "manual",
          signal: AbortSignal.timeout(10000),
        });
        if (page.type === "opaqueredirect") return say("out");
        if (!page.ok) throw new Error(`answer ${page.status}`);
        swap(await page.text());
      }
      failures = 0;
      say(null);
    } catch {
      failures += 1;
      if (failures >= 3) say("lost");
    } finally {
      asking = false;
    }
  };

  const go = (id) => document.getElementById(id)?.click();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (help.open) return;
    const keys = {
      ArrowLeft: () => go("bd-previous"),
      ArrowRight: () => go("bd-next"),
      t: () => go("bd-today"),
      "/": () => document.getElementById("bd-search").focus(),
      "?": () => help.showModal(),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("#bd-help")) help.showModal();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "bd-day" && event.target.value) event.target.form.requestSubmit();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });

  host.classList.add("bd-live");
  shown();
  setInterval(tick, 1000);
  setInterval(ask, EVERY);
})();
