// What the board's scripts share: the server's clock, places on the axis, words for the ear, notices, requests.
window.Board = (() => {
  "use strict";

  const host = document.getElementById("board-host");
  const panel = document.getElementById("board-panel");
  const board = () => document.getElementById("board");
  const narrow = window.matchMedia("(max-width: 767px)");

  const age = (seconds) => {
    if (seconds < 100) return `${seconds} s`;
    if (seconds < 6000) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} days`;
  };

  // Clocks differ: ages are counted from the server's time of the last answer, plus what has passed here since.
  let readAt = Date.now();
  let shownAt = performance.now();
  const serverNow = () => readAt + (performance.now() - shownAt);
  const readNow = () => {
    if (!board()) return;
    readAt = Date.parse(board().dataset.read);
    shownAt = performance.now();
  };

  // Most values stay what they are, and each that is put in anew makes the browser style whatever inherits it.
  const put = (element, name, value) => element.style.getPropertyValue(name) === value || element.style.setProperty(name, value);

  // The line of the present, in as much of the board as `root` has of it.
  const line = (root) => {
    const pieces = root.querySelectorAll(".bd-now, .bd-now-dot");
    if (!pieces.length) return;
    const share = (serverNow() - Date.parse(board().dataset.starts)) / (Number(board().dataset.seconds) * 1000);
    const at = Math.min(100, Math.max(0, share * 100)).toFixed(2);
    for (const each of pieces) put(each, "--now", at);
  };

  const tick = () => {
    const now = serverNow();
    for (const each of document.querySelectorAll("time[data-since]")) {
      const text = age(Math.max(0, Math.floor((now - Date.parse(each.dataset.since)) / 1000)));
      if (each.textContent !== text) each.textContent = text;
    }
    for (const each of document.querySelectorAll("time[data-until]")) {
      // A hold that ran out leaves at once; the next answer of the server leaves it out, too.
      const left = Math.floor((Date.parse(each.dataset.until) - now) / 1000);
      each.textContent = `${Math.floor(Math.max(0, left) / 60)}:${String(Math.max(0, left) % 60).padStart(2, "0")}`;
      const card = each.closest("[data-visit]");
      if (card && !card.matches(".st")) card.hidden = left < 0;
    }
    if (host) line(host);
  };

  // The server says where things stand in seconds from the axis' start; the style sheet wants shares of the width.
  const lay = (root) => {
    const seconds = Number(board()?.dataset.seconds);
    if (!seconds) return;
    for (const each of root.querySelectorAll("[data-at]")) {
      each.style.setProperty("--l", ((each.dataset.at / seconds) * 100).toFixed(3));
      if (each.dataset.for) each.style.setProperty("--w", ((each.dataset.for / seconds) * 100).toFixed(3));
      if (each.dataset.lane) each.style.setProperty("--lane", each.dataset.lane);
    }
    const rows = root.matches?.("[data-lanes]") ? [root] : root.querySelectorAll("[data-lanes]");
    for (const row of rows) row.style.setProperty("--lanes", row.dataset.lanes);
    line(root);
  };

  const measure = () => {
    const total = [...document.querySelectorAll("#bd-rows [data-lanes]")].reduce((sum, row) => sum + Number(row.dataset.lanes), 0);
    if (!board()) return;
    put(board(), "--total", String(Math.min(13, total || 1))); // with more of them rows are as low as they get
    put(board(), "--hours", String(Number(board().dataset.seconds) / 3600));
    board().classList.toggle("bd-has-now", Boolean(document.querySelector(".bd-now-dot")));
  };

  const says = document.getElementById("board-says");
  const say = (text) => {
    if (says) says.textContent = text;
  };

  const toasts = document.getElementById("board-toasts");
  const toast = (text, { lines = [], button = "", press = null, bad = false } = {}) => {
    const box = document.createElement("div");
    box.className = bad ? "bd-toast bd-toast-bad" : "bd-toast";
    const said = document.createElement("p");
    said.textContent = text;
    box.append(said);
    if (lines.length) {
      const list = document.createElement("ul");
      for (const line of lines) list.append(Object.assign(document.createElement("li"), { textContent: line }));
      box.append(list);
    }
    const add = (label, act) => {
      const made = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      made.addEventListener("click", () => {
        box.remove();
        act?.();
      });
      box.append(made);
    };
    if (button) add(button, press);
    add("Close", null);
    toasts.replaceChildren(box);
    if (!bad) setTimeout(() => box.matches(":hover, :focus-within") || box.remove(), 30000);
  };

  const url = (name) => host?.dataset[name] ?? panel?.dataset[name] ?? "";
  const token = () => document.querySelector("#board-token input")?.value ?? "";

  // Answers { status, body }; status 0 is no answer, 401 signed out.
  const request = async (address, { post = null, headers = {} } = {}) => {
    try {
      const answer = await fetch(address, {
        method: post ? "POST" : "GET",
        body: post,
        headers: post ? { "X-CSRFToken": token(), ...headers } : headers,
        cache: "no-store",
        credentials: "same-origin",
        redirect: "manual",
        signal: AbortSignal.timeout(10000),
      });
      if (answer.type === "opaqueredirect") return { status: 401, body: null };
      const json = (answer.headers.get("Content-Type") || "").startsWith("application/json");
      return { status: answer.status, body: json ? await answer.json() : await answer.text() };
    } catch {
      return { status: 0, body: null };
    }
  };

  const clocks = new Map(); // to make one takes milliseconds
  const clock = (zone = host?.dataset.zone) => {
    if (!clocks.has(zone)) clocks.set(zone, new Intl.DateTimeFormat("en-US", { timeZone: zone, hour: "numeric", minute: "2-digit" }));
    return (instant) => clocks.get(zone).format(instant).toLowerCase();
  };
  if (host) clock()(0);

  // An instant by the shop's clock: 2026-11-25T14:15.
  const local = (instant) => {
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone: host?.dataset.zone, dateStyle: "short", timeStyle: "short" });
    return format.format(instant).replace(" ", "T");
  };

  return { host, panel, board, narrow, age, serverNow, readNow, tick, lay, measure, say, toast, url, request, clock, local };
})();
