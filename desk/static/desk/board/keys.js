// Everything by keys: from card to card, picked up, carried, dropped; days, search, help.
(() => {
  "use strict";
  const { host, board } = Board;
  if (!host) return;
  const help = document.getElementById("board-help");
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  let last = "";

  const links = (row) => [...row.querySelectorAll("[data-visit]:not([hidden]) > a")].filter((each) => each.offsetParent);

  // One card is a stop of the Tab key; arrows go on from there.
  const rove = () => {
    const all = [...host.querySelectorAll("#bd-rows [data-visit] > a")];
    const stop = all.find((each) => each.id === last) ?? all[0];
    for (const each of all) {
      const index = each === stop ? "0" : "-1";
      if (each.getAttribute("tabindex") !== index) each.setAttribute("tabindex", index);
    }
  };
  host.addEventListener("focusin", (event) => {
    const card = event.target.closest("#bd-rows [data-visit] > a");
    if (!card || card.id === last) return;
    const before = document.getElementById(last);
    if (before) before.tabIndex = -1;
    else for (const each of host.querySelectorAll('#bd-rows a[tabindex="0"]')) each.tabIndex = -1;
    last = card.id;
    card.tabIndex = 0;
  });

  const middle = (card) => {
    const box = card.getBoundingClientRect();
    return (box.left + box.right) / 2;
  };
  const go = (card, [dx, dy]) => {
    const row = card.closest(".bd-row");
    let next = null;
    if (dx) {
      const mine = links(row);
      next = mine[mine.indexOf(card) + dx];
    } else {
      let to = row;
      while ((to = dy < 0 ? to.previousElementSibling : to.nextElementSibling)) {
        const theirs = links(to);
        if (!theirs.length) continue;
        const x = middle(card);
        next = theirs.reduce((best, each) => (Math.abs(middle(each) - x) < Math.abs(middle(best) - x) ? each : best));
        break;
      }
    }
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const pickUp = (card) => {
    const box = card.closest("[data-visit]");
    if (!("moves" in box.dataset)) return Board.say("This visit cannot be moved.");
    const carried = Board.carry.begin(box, true);
    if (carried) Board.say(`${card.querySelector("b").textContent} picked up: ${carried.place.name}, ${carried.place.label}. Arrows carry it, Enter drops it, Escape gives up.`);
  };

  const carrying = (event) => {
    const carried = Board.carry.now();
    if (ARROWS[event.key]) {
      Board.carry.to(carried.grid.step(carried.place, ...ARROWS[event.key]));
      carried.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (event.key === "Enter" || event.key === " ") Board.carry.drop();
    else if (event.key === "Escape") Board.carry.leave();
    else return;
    event.preventDefault();
  };

  const press = (id) => document.getElementById(id)?.click();
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape" && event.target.closest("#board-host")) event.target.blur();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z") {
      event.preventDefault();
      return void Board.moves.undo();
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (Board.carry.busy()) return void (Board.carry.now().spoken && carrying(event));
    const card = event.target.closest("#board-host [data-visit] > a");
    if (card?.closest(".bd-row") && ARROWS[event.key]) {
      event.preventDefault();
      return go(card, ARROWS[event.key]);
    }
    if (event.target.closest("#board-panel") && event.key !== "?") return;
    const keys = {
      ArrowLeft: () => press("bd-previous"),
      ArrowRight: () => press("bd-next"),
      m: () => card && pickUp(card),
      t: () => press("bd-today"),
      d: () => press("bd-as-day"),
      w: () => press("bd-as-week"),
      "/": () => document.getElementById("bd-search").focus(),
      "?": () => help.showModal(),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  host.addEventListener("click", (event) => event.target.closest("#bd-help") && help.showModal());
  document.addEventListener("board:shown", rove);
  rove();
})();
