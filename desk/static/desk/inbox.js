// The inbox keeps itself true without losing what one is doing: a thing that has not changed stays the very same piece of the
// page, and one that has keeps what is open and what is half written. Works without it, too: all are plain links and forms.
(() => {
  "use strict";

  const host = document.getElementById("inbox-host");
  if (!host) return;
  const lost = document.getElementById("ib-lost");
  const help = document.getElementById("ib-help");
  const inbox = () => document.getElementById("inbox");
  const headers = { "X-Fragment": "1" };
  let readAt = 0;
  let shownAt = 0;

  const age = (seconds) => {
    if (seconds < 100) return `${seconds} s`;
    if (seconds < 6000) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} days`;
  };
  const tick = () => {
    // Clocks differ: ages are counted from the server's time of the last answer, plus what has passed here since.
    const now = readAt + (performance.now() - shownAt);
    for (const each of host.querySelectorAll("time[data-since]")) {
      const seconds = Math.round((now - Date.parse(each.dataset.since)) / 1000);
      each.textContent = seconds < 0 ? `in ${age(-seconds)}` : `${age(seconds)} ago`;
    }
  };
  const shown = () => {
    readAt = Date.parse(inbox().dataset.read);
    shownAt = performance.now();
    host.classList.add("ib-live");
    tick();
  };

  // What somebody has typed or chosen and not kept yet.
  const changed = (field) =>
    field.tagName === "SELECT"
      ? [...field.options].some((each) => each.selected !== each.defaultSelected && each.value === field.value)
      : field.type !== "hidden" && field.value !== field.defaultValue;

  const carry = (old, fresh) => {
    fresh.querySelector("details").open = old.querySelector("details").open;
    for (const field of old.querySelectorAll("input[id], select[id]")) {
      const twin = fresh.querySelector(`#${CSS.escape(field.id)}`);
      if (twin && changed(field)) twin.value = field.value;
    }
  };

  const swap = (html) => {
    const next = new DOMParser().parseFromString(html, "text/html").getElementById("inbox");
    if (!next) throw new Error("no inbox in the answer");
    const active = host.contains(document.activeElement) ? document.activeElement : null;
    const item = active?.closest(".ib-item");
    const place = item ? [...host.querySelectorAll(".ib-item")].indexOf(item) : -1;
    const top = item?.getBoundingClientRect().top;
    const caret = active?.matches("input:not([type=hidden])") && active.selectionStart !== null ? [active.selectionStart, active.selectionEnd] : null;
    for (const fresh of next.querySelectorAll(".ib-item")) {
      const old = document.getElementById(fresh.id);
      if (!old) continue;
      if (old.dataset.stamp === fresh.dataset.stamp) fresh.replaceWith(old);
      else carry(old, fresh);
    }
    inbox().replaceWith(next);
    if (active) {
      // To where it was; where that is gone, to what stands in its place.
      const rows = host.querySelectorAll(".ib-item");
      const there = item && document.getElementById(item.id);
      const again =
        (active.isConnected && active) ||
        (active.id && document.getElementById(active.id)) ||
        (there ?? rows[Math.min(place, rows.length - 1)])?.querySelector("summary");
      again?.focus({ preventScroll: true });
      if (caret && again?.matches("input")) again.setSelectionRange(...caret);
      if (there && top !== undefined) scrollBy(0, there.getBoundingClientRect().top - top);
    }
    shown();
  };

  const say = (what) => {
    lost.hidden = !what;
    for (const each of lost.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== what;
  };

  const fetched = async (address, options = {}) => {
    const answer = await fetch(address, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(10000), ...options });
    if (answer.type === "opaqueredirect" || answer.status === 403) return say("out");
    if (!answer.ok) throw new Error(`answer ${answer.status}`);
    swap(await answer.text());
    say("");
  };

  // One request at a time, in the order they were asked for: no answer overtakes a newer one, and no press is lost.
  let line = Promise.resolve();
  const inTurn = (work) => (line = line.then(work).catch(() => say("lost")));

  let refreshing = false;
  const refresh = () => {
    if (refreshing) return;
    refreshing = true;
    inTurn(() => fetched(`${host.dataset.page}${location.search}`, { headers })).finally(() => (refreshing = false));
  };

  addEventListener("desk:waits", ({ detail }) => {
    if (detail.out) say("out");
    else if (detail.lost) say("lost");
    else if (detail.token !== inbox().dataset.token) refresh();
    else say("");
  });

  host.addEventListener("submit", (event) => {
    const form = event.target;
    // A form of another page's, such as the one that takes a move back, goes its own way.
    if (!new URL(form.action).pathname.startsWith(host.dataset.page) || form.method !== "post") return;
    event.preventDefault();
    if (form.ariaBusy) return;
    form.ariaBusy = "true";
    const body = new FormData(form, event.submitter);
    body.set("query", location.search.slice(1));
    inTurn(() => fetched(form.action, { method: "POST", headers, body })).finally(() => (form.ariaBusy = null));
  });

  const rows = () => [...host.querySelectorAll(".ib-item summary")];
  const here = () => document.activeElement?.closest?.(".ib-item");
  const go = (by) => {
    const all = rows();
    const at = all.findIndex((each) => each.closest(".ib-item") === here());
    const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
    to?.focus();
    to?.scrollIntoView({ block: "nearest" });
  };
  const press = (key) => here()?.querySelector(`[data-key="${key}"]`)?.click();
  const keys = {
    j: () => go(1),
    ArrowDown: () => go(1),
    k: () => go(-1),
    ArrowUp: () => go(-1),
    s: () => here()?.querySelector(".ib-steps :is(.desk-note, .desk-button)")?.focus(),
    m: () => press("m"),
    z: () => press("z"),
    w: () => {
      const item = here();
      if (!item) return;
      item.querySelector("details").open = true;
      item.querySelector("[name=note]")?.focus();
    },
    "/": () => document.getElementById("ib-search").focus(),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open || !keys[event.key]) return;
    if (event.target.closest("input, select, textarea, dialog")) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.getElementById("ib-keys").addEventListener("click", () => help.showModal());

  const sound = document.getElementById("ib-sound");
  const pressed = () => {
    sound.hidden = false;
    sound.setAttribute("aria-pressed", String(window.deskSound.isOn()));
    sound.textContent = window.deskSound.isOn() ? sound.dataset.on : sound.dataset.off;
  };
  sound.addEventListener("click", () => {
    window.deskSound.set(!window.deskSound.isOn());
    pressed();
  });

  shown();
  setInterval(tick, 1000);
  // The script of every page comes before this one or after it; by then both are there.
  addEventListener("DOMContentLoaded", pressed);
})();
