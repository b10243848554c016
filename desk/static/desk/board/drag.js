// Cards are dragged with the mouse or a pen. A finger picks one up by resting on it; before that it scrolls, and a tap opens.
(() => {
  "use strict";
  const { host, narrow } = Board;
  if (!host) return;
  const FAR = 4; // pixels until a press is a drag
  const HOLD = 350; // milliseconds a finger rests until it has picked up
  const SLIP = 8; // pixels it may tremble meanwhile
  const EDGE = 40;
  let pressed = null;
  let point = null;
  let frame = 0;
  let dragged = false;
  let resting = 0;
  let swallow = false; // the click that ends a drag opens nothing
  let calm = 0;
  const shield = document.createElement("div");
  shield.className = "bd-shield";

  const draw = () => {
    frame = 0;
    const carried = Board.carry.now();
    if (!carried || !point) return;
    const { grid } = carried;
    const box = pressed.sheet;
    const pull = carried.place.box === null ? 0 : point.y < box.top + EDGE ? point.y - box.top - EDGE : point.y > box.bottom - EDGE ? point.y - box.bottom + EDGE : 0;
    if (pull) {
      pressed.scroller.scrollTop += Math.max(-14, Math.min(14, pull / 2));
      frame = requestAnimationFrame(draw);
    }
    const { x, y } = grid.inside(point.x, point.y);
    Board.carry.to(grid.at(x, y, pressed.grip));
  };

  const pick = () => {
    // It may have been drawn anew since it was pressed.
    const { visit } = pressed.card.dataset;
    if (!pressed.card.isConnected) pressed.card = document.querySelector(`#board-host [data-visit="${visit}"][data-moves]`) ?? pressed.card;
    // On a phone the page scrolls, else the sheet does.
    const sheet = document.getElementById("bd-sheet");
    pressed.scroller = narrow.matches ? document.scrollingElement : sheet;
    pressed.sheet = narrow.matches ? { top: EDGE, bottom: window.innerHeight } : sheet.getBoundingClientRect();
    if (!Board.carry.begin(pressed.card, false)) return void (pressed = null);
    dragged = swallow = true;
    document.body.append(shield);
  };

  host.addEventListener("pointerdown", (event) => {
    if (Board.carry.busy()) return;
    clearTimeout(calm);
    dragged = swallow = false;
    if (pressed) stop();
    if (event.button !== 0 || !event.isPrimary) return; // a second finger pinches
    const card = event.target.closest("[data-visit][data-moves]");
    if (!card) return;
    const box = card.getBoundingClientRect();
    // What lies in the tray is not as wide as its time.
    const grip = card.closest("#bd-rows") ? { x: event.clientX - box.left, y: event.clientY - box.top } : { x: 12, y: 8 };
    pressed = { card, id: event.pointerId, x: event.clientX, y: event.clientY, grip, touch: event.pointerType === "touch" };
    if (pressed.touch) resting = setTimeout(pick, HOLD);
  });

  window.addEventListener("pointermove", (event) => {
    if (!pressed || event.pointerId !== pressed.id) return;
    if (!dragged) {
      const way = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
      if (pressed.touch) return void (way > SLIP && stop()); // it scrolls
      if (way < FAR) return;
      pick();
      if (!dragged) return;
    }
    point = { x: event.clientX, y: event.clientY };
    frame ||= requestAnimationFrame(draw);
  });

  const stop = () => {
    if (dragged) calm = setTimeout(() => (swallow = false), 100); // no click follows a finger, nor Escape
    clearTimeout(resting);
    cancelAnimationFrame(frame);
    frame = 0;
    pressed = point = null;
    shield.remove();
  };
  const end = (given) => (event) => {
    if (!pressed || event.pointerId !== pressed.id) return;
    const was = dragged;
    if (was && given && frame) draw();
    stop();
    if (!was) return;
    if (given) Board.carry.drop();
    else Board.carry.leave();
  };
  window.addEventListener("pointerup", end(true));
  window.addEventListener("pointercancel", end(false));
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !pressed || !dragged) return;
    stop();
    Board.carry.leave();
  });

  // The browser's own scrolling, menu, selecting and dragging of links, and the click that ends ours.
  host.addEventListener("touchmove", (event) => dragged && pressed && event.preventDefault(), { passive: false });
  host.addEventListener("contextmenu", (event) => pressed?.touch && event.preventDefault());
  document.addEventListener("selectstart", (event) => pressed && event.preventDefault());
  host.addEventListener("dragstart", (event) => event.target.closest("[data-visit]") && event.preventDefault());
  host.addEventListener("click", (event) => {
    if (!swallow) return;
    swallow = false;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // An empty place of somebody's day: a new booking there, at the shop's own time.
  host.addEventListener("click", (event) => {
    const track = event.target.closest(".bd-track");
    if (!track || !window.deskBook || event.target.closest("[data-visit]") || Board.narrow.matches) return;
    const technician = track.closest(".bd-row").dataset.technician;
    const box = track.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const at = Math.floor((share * Number(Board.board().dataset.seconds)) / 900) * 900;
    window.deskBook({ technician, starts_at: Board.local(Date.parse(Board.board().dataset.starts) + at * 1000) });
  });
})();
