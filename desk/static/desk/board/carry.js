// What is carried, by pointer or by keys: a ghost at the place it would go to, coloured by what the rules say there.
(() => {
  "use strict";
  const REST = 120; // milliseconds at one place before the server is asked
  let now = null;

  const ghostOf = (card) => {
    const ghost = document.createElement("div");
    ghost.className = "bd-ghost";
    const name = Object.assign(document.createElement("b"), { textContent: card.querySelector("b").textContent });
    const time = Object.assign(document.createElement("span"), { className: "bd-ghost-time" });
    const why = Object.assign(document.createElement("span"), { className: "bd-ghost-why" });
    ghost.append(name, time, why);
    return { ghost, time, why };
  };

  const begin = (card, spoken) => {
    if (now || !card.isConnected || !document.querySelector("#bd-rows > .bd-row:not([hidden])")) return null;
    const grid = Board.grid(card);
    const parts = ghostOf(card);
    const room = { width: grid.sheet.scrollWidth, height: grid.sheet.clientHeight };
    now = { card, grid, room, ...parts, spoken, place: null, timer: 0, visit: card.dataset.visit, version: card.dataset.version };
    parts.ghost.style.width = `${grid.size.width}px`;
    parts.ghost.style.height = `${grid.size.height}px`;
    grid.sheet.append(parts.ghost);
    card.classList.add("bd-carried");
    to(grid.from);
    return now;
  };

  const show = (carried, place, found) => {
    if (now !== carried || carried.place.key !== place.key) return;
    carried.ghost.dataset.verdict = found ? found.verdict : "none";
    carried.why.textContent = Board.moves.words(found);
    if (carried.spoken) Board.say(`${place.name}, ${place.label}. ${Board.moves.words(found)}.`);
  };

  // What the rules say is read beside the ghost, and has to lie on the board.
  const WHY = { width: 344, height: 96 }; // at most, with its distance
  const lay = ({ ghost, grid, room }, box) => {
    const top = grid.top + box.top;
    const end = grid.sheet.scrollTop + room.height; // read before anything is written
    ghost.style.transform = `translate(${box.left}px, ${top}px)`;
    ghost.toggleAttribute("data-left", box.left + WHY.width > room.width);
    ghost.toggleAttribute("data-above", top + grid.size.height + WHY.height > end);
  };

  const to = (place) => {
    const carried = now;
    if (!carried || carried.place?.key === place.key) return;
    carried.place = place;
    carried.ghost.hidden = !place.box;
    if (place.box) lay(carried, place.box);
    carried.time.textContent = place.label;
    clearTimeout(carried.timer);
    if (place.key === carried.grid.from.key) {
      carried.ghost.dataset.verdict = "home";
      carried.why.textContent = "Where it is";
      if (carried.spoken && carried.moved) Board.say(`${place.name}, ${place.label}. Where it is.`);
      carried.moved = true;
      return;
    }
    carried.moved = true;
    carried.ghost.dataset.verdict = "asking";
    carried.why.textContent = "";
    carried.timer = setTimeout(() => Board.moves.check(carried.visit, place.params).then((found) => show(carried, place, found)), REST);
  };

  const put = () => {
    const carried = now;
    now = null;
    clearTimeout(carried.timer);
    carried.card.classList.remove("bd-carried");
    document.getElementById(`visit-${carried.visit}`)?.closest("[data-visit]")?.classList.remove("bd-carried");
    return carried;
  };

  const leave = () => {
    if (!now) return;
    const carried = put();
    carried.ghost.remove();
    Board.say("Given up. It stays where it was.");
    Board.live.settled();
    focus(carried.visit);
  };

  const focus = (visit) => document.getElementById(`visit-${visit}`)?.focus({ preventScroll: true });

  // The ghost stays until the board shows what became of it.
  const drop = async () => {
    if (!now) return;
    if (now.place.key === now.grid.from.key) return leave();
    const { ghost, visit, version, place } = put();
    Board.live.settled();
    ghost.dataset.dropped = "";
    await Board.moves.drop(visit, version, place.params);
    ghost.remove();
    focus(visit);
  };

  Board.carry = { begin, to, drop, leave, busy: () => now !== null, now: () => now };
})();
