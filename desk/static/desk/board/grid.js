// Where a card can go: on a day to any technician and quarter of an hour, in a week to any technician and day.
// A place is { technician, params, label, box }, the box in pixels of the rows' own space; in the tray there is none.
(() => {
  "use strict";
  const { board, narrow } = Board;
  const STEP = 900;
  const TRAY = { n: -1, technician: "", name: "Nobody", key: "tray", params: {}, label: "in the tray", box: null };

  const inTray = (card) => !card.closest("#bd-rows");
  const onDay = (card) => (card.closest(".bd-cell") ?? card).dataset.on;
  const spoken = (at) => Board.clock("UTC")(Date.parse(`1970-01-01T${at}Z`));
  // Where a card comes from: what a place needs beside its row is in `more`, where that is the tray's.
  const origin = (card, list, more, place) => (inTray(card) ? { ...TRAY, ...more } : place(list.findIndex((each) => each.row.contains(card))));

  // Measured once when something is picked up: nothing is laid out anew while it is carried.
  const survey = () => {
    const rows = document.getElementById("bd-rows");
    const sheet = document.getElementById("bd-sheet");
    const list = [...rows.querySelectorAll(":scope > .bd-row:not([hidden])")].map((row) => ({
      row,
      technician: row.dataset.technician,
      name: row.dataset.name,
      top: row.offsetTop,
      height: row.offsetHeight,
    }));
    const rowAt = (y) => {
      let low = 0;
      let high = list.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (list[middle].top <= y) low = middle;
        else high = middle - 1;
      }
      return low;
    };
    const outer = rows.getBoundingClientRect();
    const corner = { left: outer.left + sheet.scrollLeft + window.scrollX, top: outer.top + sheet.scrollTop + window.scrollY };
    const inside = (x, y) => ({
      x: x + window.scrollX + sheet.scrollLeft - corner.left,
      y: y + window.scrollY + sheet.scrollTop - corner.top,
    });
    // From the tray up is the last row, anywhere else the first.
    const next = (here, dy) => {
      if (here.n < 0) return dy < 0 ? list.length - 1 : 0;
      return Math.min(list.length - 1, Math.max(0, here.n + dy));
    };
    return { sheet, list, top: rows.offsetTop, rowAt, inside, next };
  };

  const day = (card) => {
    const ground = survey();
    const seconds = Number(board().dataset.seconds);
    const starts = Date.parse(board().dataset.starts);
    const track = ground.list[0].row.querySelector(".bd-track");
    const left = track.offsetLeft;
    const width = track.offsetWidth;
    const clock = Board.clock();
    const length = Number(card.dataset.for);
    // By its time: a card that is looked at is wider than that.
    const lone = ground.list[0].height / Number(ground.list[0].row.dataset.lanes) - 2;
    const size = { width: (length / seconds) * width, height: inTray(card) ? lone : card.offsetHeight };
    const lane = Number(card.dataset.lane || 0);
    const place = (n, at) => {
      const row = ground.list[n];
      const instant = new Date(starts + at * 1000);
      const top = row.top + 1 + Math.min(lane * size.height, Math.max(0, row.height - size.height - 2));
      return {
        n, at, technician: row.technician, name: row.name, key: `${row.technician} ${at}`,
        params: { technician: row.technician, starts_at: instant.toISOString() },
        label: clock(instant),
        box: { left: left + (at / seconds) * width, top, ...size },
      };
    };
    const snap = (at) => Math.min(seconds - STEP, Math.max(0, Math.round(at / STEP) * STEP));
    const planned = snap((Date.parse(card.dataset.starts) - starts) / 1000);
    const from = origin(card, ground.list, { at: planned }, (n) => place(n, Number(card.dataset.at)));
    return {
      ...ground, from, size,
      at: (x, y, grip) => place(ground.rowAt(y), snap(((x - grip.x - left) / width) * seconds)),
      step: (here, dx, dy) => place(ground.next(here, dy), dx ? snap(here.at + dx * STEP) : here.at),
    };
  };

  const week = (card) => {
    const ground = survey();
    const columns = [...ground.list[0].row.querySelectorAll(".bd-cell")].map((cell) => ({ on: cell.dataset.on, left: cell.offsetLeft, width: cell.offsetWidth }));
    const size = { width: inTray(card) ? columns[0].width - 4 : card.offsetWidth, height: card.offsetHeight };
    const at = card.dataset.clock;
    const clock = spoken(at);
    const said = new Intl.DateTimeFormat("en-US", { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });
    const place = (n, c) => {
      const row = ground.list[n];
      const column = columns[c];
      return {
        n, c, technician: row.technician, name: row.name, key: `${row.technician} ${column.on}`,
        params: { technician: row.technician, on: column.on, at },
        label: `${said.format(Date.parse(column.on))}, ${clock}`,
        box: { left: column.left + 2, top: row.top + 4, ...size },
      };
    };
    const columnAt = (x) => Math.max(0, columns.findLastIndex((column) => column.left <= x));
    const own = Math.max(0, columns.findIndex((column) => column.on === onDay(card)));
    const from = origin(card, ground.list, { c: own }, (n) => place(n, own));
    return {
      ...ground, from, size,
      at: (x, y) => place(ground.rowAt(y), columnAt(x)),
      step: (here, dx, dy) => place(ground.next(here, dy), Math.min(columns.length - 1, Math.max(0, here.c + dx))),
    };
  };

  // On a phone rows are lists without an axis: a card goes to somebody else, at its time.
  const list = (card) => {
    const ground = survey();
    const weekly = board().dataset.view === "week";
    const starts = Date.parse(card.dataset.starts ?? board().dataset.starts) + Number(card.dataset.at ?? 0) * 1000;
    const when = weekly
      ? { on: onDay(card), at: card.dataset.clock }
      : { starts_at: new Date(starts).toISOString() };
    const label = weekly ? spoken(when.at) : Board.clock()(starts);
    const size = { width: ground.list[0].row.offsetWidth, height: 48 };
    const place = (n) => {
      const row = ground.list[n];
      return {
        n, technician: row.technician, name: row.name, key: row.technician, params: { technician: row.technician, ...when }, label,
        box: { left: 0, top: row.top, ...size },
      };
    };
    return {
      ...ground, from: origin(card, ground.list, {}, place), size,
      at: (x, y) => place(ground.rowAt(y)),
      step: (here, dx, dy) => place(ground.next(here, dy)),
    };
  };

  // Below the sheet what came out of the tray is still in it.
  const tray = (grid) => {
    const bottom = () => grid.sheet.scrollTop + grid.sheet.clientHeight - grid.top;
    return { ...grid, at: (x, y, grip) => (y > bottom() ? grid.from : grid.at(x, y, grip)) };
  };

  Board.grid = (card) => {
    const grid = narrow.matches ? list(card) : board().dataset.view === "week" ? week(card) : day(card);
    return inTray(card) ? tray(grid) : grid;
  };
})();
