// Keeps the board true: asks every second whether anything changed, and puts in what did, row by row, where it stands.
// What is typed, focused, scrolled to or carried stays as it is.
(() => {
  "use strict";
  const { host, board } = Board;
  if (!host) return;
  const EVERY = 1000;
  const SLICE = 8; // milliseconds of putting rows in until the browser may draw and answer
  const offline = document.getElementById("board-offline");
  const parts = new Map(); // id of a part: what the server last said of it
  let asking = null;
  let failures = 0;
  let waiting = null; // an answer that came while something was carried
  let shownAt = new Date();

  const query = (more) => {
    // Without a day in the address the page is today's, also when it is left open overnight.
    const here = new URLSearchParams(location.search);
    const asked = new URLSearchParams(more);
    for (const name of ["day", "shop", "view"]) if (here.has(name)) asked.set(name, here.get(name));
    return asked;
  };

  const trouble = (what) => {
    offline.hidden = !what;
    for (const each of offline.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== what;
    if (what) offline.querySelector("time").textContent = Board.clock()(shownAt);
  };

  const keepFocus = (old, put) => {
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const value = active?.matches("select, input") ? active.value : null;
    const id = active?.id;
    put();
    if (!id) return;
    const again = document.getElementById(id);
    if (again && value !== null) again.value = value;
    again?.focus({ preventScroll: true });
  };

  // A part or row becomes what the server says now, and stays the element it is: one put in among others makes the browser
  // style all that stands beside it anew, for the theme has rules for whatever follows a heading.
  const become = (old, next) => {
    for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    keepFocus(old, () => old.replaceChildren(...next.childNodes));
    Board.lay(old);
  };

  const patchParts = (next) => {
    for (const part of next.querySelectorAll("[data-part]")) {
      const old = document.getElementById(part.id);
      const html = part.outerHTML;
      if (!old || parts.get(part.id) === html) continue;
      parts.set(part.id, html);
      const value = old.matches("select") ? old.value : null;
      become(old, part);
      if (value !== null) old.value = value;
    }
  };

  // Each step is one row that was put in.
  const patchRows = function* (next) {
    const rows = document.getElementById("bd-rows");
    const coming = next.querySelector("#bd-rows");
    const wanted = [...coming.children];
    const ids = new Set(wanted.map((row) => row.id));
    for (const old of [...rows.children]) if (!ids.has(old.id)) old.remove();
    let before = null;
    for (const row of wanted) {
      const old = document.getElementById(row.id);
      const changed = old?.dataset.digest !== row.dataset.digest;
      if (!old) Board.lay(row);
      else if (changed) become(old, row);
      const here = old ?? row;
      if ((before ? before.nextElementSibling : rows.firstElementChild) !== here) before ? before.after(here) : rows.prepend(here);
      before = here;
      if (changed) yield;
    }
  };

  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

  const swap = async (html) => {
    const next = new DOMParser().parseFromString(html, "text/html").getElementById("board");
    if (!next) throw new Error("no board in the answer");
    const now = board();
    if (!document.getElementById("bd-rows") !== !next.querySelector("#bd-rows")) return location.reload(); // the first technician
    for (const name of ["data-starts", "data-seconds"]) if (next.hasAttribute(name)) now.setAttribute(name, next.getAttribute(name));
    patchParts(next);
    let since = performance.now();
    for (const _ of next.querySelector("#bd-rows") ? patchRows(next) : []) {
      if (performance.now() - since < SLICE) continue;
      await frame();
      if (Board.carry.busy()) return void (waiting = html); // the rest when it is put down
      since = performance.now();
    }
    // Last of all, for by its token the board says what it shows.
    for (const { name, value } of next.attributes) if (name.startsWith("data-")) now.setAttribute(name, value);
    Board.readNow();
    Board.measure();
    Board.tick();
    shownAt = new Date();
    document.dispatchEvent(new CustomEvent("board:shown"));
  };

  const has = () => [...document.querySelectorAll("#bd-rows > [data-digest]")].map((row) => row.dataset.digest).join(",");

  const look = async () => {
    const answer = await Board.request(`${host.dataset.changes}?${query()}`, { headers: { "If-None-Match": `"${board().dataset.token}"` } });
    if (answer.status === 401 || answer.status === 403) return trouble("out");
    if (answer.status !== 304) {
      if (answer.status !== 200) throw new Error(`answer ${answer.status}`);
      const page = await Board.request(`${host.dataset.page}?${query({ fragment: "1" })}`, { headers: { "Board-Has": has() } });
      if (page.status === 401) return trouble("out");
      if (page.status !== 200) throw new Error(`answer ${page.status}`);
      if (Board.carry.busy()) waiting = page.body;
      else await swap(page.body);
    }
    failures = 0;
    trouble(null);
  };

  // One at a time.
  const once = (work) => {
    asking ??= work()
      .catch(() => {
        failures += 1;
        if (failures >= 3) trouble("lost");
      })
      .finally(() => (asking = null));
    return asking;
  };
  const ask = () => once(look);

  // After a change of one's own: whatever is under way began before it, so ask once more.
  const now = async () => {
    await asking;
    await ask();
  };

  // What was put down is drawn first. An answer that is under way is newer than the one that waits.
  const settled = () => {
    if (waiting === null) return;
    const html = waiting;
    waiting = null;
    once(async () => {
      await frame();
      if (Board.carry.busy()) waiting = html;
      else await swap(html);
    });
  };

  for (const part of document.querySelectorAll("[data-part]")) parts.set(part.id, part.outerHTML);
  host.classList.add("bd-live");
  Board.lay(host);
  Board.readNow();
  Board.measure();
  Board.tick();
  Board.live = { now, settled };
  setInterval(Board.tick, 1000);
  setInterval(() => document.hidden || waiting !== null || ask(), EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  document.addEventListener("change", (event) => {
    if (event.target.id === "bd-day" && event.target.value) event.target.form.requestSubmit();
  });
})();
