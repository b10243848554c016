// The calls' pages keep themselves true within two seconds: they ask whether anything is new, and hear 304 while nothing is.
// Without it every control is a plain link or form.
(() => {
  "use strict";
  const EVERY = 1500;
  const DEADLINE = 10000;

  // Asks an address with the tag of what is shown; returns what is new as text, null for nothing new, "out" when signed out.
  const ask = async (url, tag) => {
    const answer = await fetch(url, {
      headers: tag ? { "If-None-Match": `"${tag}"` } : {}, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(DEADLINE),
    });
    if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) return { out: true };
    if (answer.status === 304) return {};
    if (!answer.ok) throw new Error(`answer ${answer.status}`);
    return { text: await answer.text(), tag: (answer.headers.get("ETag") || "").replaceAll('"', "") };
  };

  const every = (work) => {
    let busy = false;
    const turn = async () => {
      if (busy || document.hidden) return;
      busy = true;
      try { await work(); } finally { busy = false; }
    };
    setInterval(turn, EVERY);
    document.addEventListener("visibilitychange", turn);
  };

  // Puts new content in place of old, and leaves the focus on what it was on.
  const swap = (place, text) => {
    const id = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.innerHTML = text;
    if (id) document.getElementById(id)?.focus({ preventScroll: true });
  };

  const list = (page) => {
    const place = document.getElementById("calls-live");
    const past = document.getElementById("calls-past");
    const lost = document.getElementById("calls-lost");
    const section = () => place.querySelector("[data-token]");
    let readAt = 0;
    let shownAt = 0;
    let failures = 0;

    // Clocks differ: the time a call has lasted is counted from the server's, plus what has passed here since.
    const tick = () => {
      const now = readAt + (performance.now() - shownAt);
      for (const each of place.querySelectorAll("time[data-since]")) {
        const seconds = Math.max(0, Math.floor((now - Date.parse(each.dataset.since)) / 1000));
        each.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      }
    };
    const shown = () => {
      readAt = Date.parse(section().dataset.read);
      shownAt = performance.now();
      tick();
    };
    const say = (what) => {
      lost.hidden = !what;
      for (const each of lost.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== what;
    };
    const running = () => [...place.querySelectorAll("[data-call]")].map((each) => each.dataset.call);

    every(async () => {
      try {
        const found = await ask(page.dataset.live, section().dataset.token);
        if (found.out) return say("out");
        if (found.text) {
          const before = running();
          swap(place, found.text);
          shown();
          // A call that is over has gone to the list below.
          if (before.some((each) => !running().includes(each))) {
            const query = new URLSearchParams(location.search);
            query.set("fragment", "past");
            const below = await ask(`${page.dataset.past}?${query}`);
            if (below.text) swap(past, below.text);
          }
        }
        failures = 0;
        say(null);
      } catch {
        failures += 1;
        if (failures >= 3) say("lost");
      }
    });
    setInterval(tick, 1000);
    shown();

    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, textarea, select, [contenteditable]")) return;
      event.preventDefault();
      document.getElementById("calls-search").focus();
    });
  };

  const one = (place) => {
    if (!("live" in place.dataset)) return;
    let tag = "";
    let over = false;
    every(async () => {
      if (over) return;
      try {
        const found = await ask(place.dataset.url, tag);
        if (!found.text) return;
        tag = found.tag;
        const open = new Set([...place.querySelectorAll("details[open]")].map((each) => each.dataset.key));
        swap(place, found.text);
        for (const each of place.querySelectorAll("details")) each.open = open.has(each.dataset.key);
        if (place.querySelector("[data-state=over]")) {
          over = true;
          location.reload(); // what came of it stands above
        }
      } catch { /* away for a moment: asked again */ }
    });
  };

  const page = document.getElementById("calls");
  const call = document.getElementById("call-talk");
  if (page) list(page);
  if (call) one(call);
})();
