// A visit goes elsewhere: what the rules say first, what a person decides about it, the move, and the way back.
(() => {
  "use strict";
  const WORDS = {
    clear: "Nothing speaks against it",
    overrule: "Against the rules",
    overlap: "Two visits at once",
    never: "Not possible",
  };
  const OUT = { verdict: "never", said: ["You are signed out: sign in again in another tab, then try again here"], rules: [], where: "", promise: "" };
  const known = new Map();
  const undone = []; // moves that can be taken back, the last one at the end

  const key = (visit, params) => `${visit} ${new URLSearchParams(params)}`;

  // One answer a place until something changes on the board.
  const check = (visit, params) => {
    const name = key(visit, params);
    if (!known.has(name)) {
      const asked = Board.request(`${Board.url("check")}?${new URLSearchParams({ visit, ...params })}`).then((answer) => {
        if (answer.status === 200) return answer.body;
        known.delete(name);
        return answer.status === 401 ? OUT : null;
      });
      known.set(name, asked);
    }
    return known.get(name);
  };
  document.addEventListener("board:shown", () => known.clear());

  const words = (found) => {
    if (!found) return "No answer from the server";
    return [WORDS[found.verdict], ...found.said].join(". ") + (found.promise ? `. New window: ${found.promise}` : "");
  };

  const send = (wish, found, decided, undo) => {
    const data = new URLSearchParams(wish);
    if (found) data.set("seen", found.rules.join(","));
    if (found && found.rules.some((rule) => rule !== "visit")) data.set("despite", "1");
    if (found && found.rules.includes("visit")) data.set("overbook", "1");
    if (decided?.tell) data.set("tell", "1");
    if (undo) data.set("undo", "1");
    return Board.request(Board.url("move"), { post: data });
  };

  const refused = (text, lines = []) => {
    Board.toast(text, { bad: true, lines });
    Board.say([text, ...lines].join(" "));
    return false;
  };

  // Ask as often as something new speaks against it; each time a person decides on just what was shown.
  const carryOut = async (wish, found, undo) => {
    let decided = {};
    for (;;) {
      if (found?.verdict === "never") return refused(`Nothing was moved. ${found.said[0]}.`);
      if (found && (found.verdict !== "clear" || found.promise) && !(undo && found.verdict === "clear")) {
        decided = await Board.ask(found);
        if (!decided) {
          Board.say("Left where it was.");
          return false;
        }
      }
      const answer = await send(wish, found, decided, undo);
      if (answer.status === 200 && answer.body.done) {
        const back = answer.body.undo && { ...answer.body.undo, since: wish.version };
        if (back) undone.push(back);
        // Taken back, the visit stands as the move before left it: that one can be taken back, too.
        if (undo) for (const each of undone) if (each.visit === undo.visit && String(each.version) === String(undo.since)) each.version = answer.body.version;
        Board.toast(answer.body.said, back ? { button: "Undo", press: () => takeBack(back) } : {});
        Board.say(answer.body.said);
        return true;
      }
      if (answer.status === 200 && answer.body.check && answer.body.check.verdict !== "never") {
        found = answer.body.check;
        continue;
      }
      if (answer.status === 200) return refused(answer.body.said, answer.body.changes);
      if (answer.status === 401 || answer.status === 403) return refused("Nothing was moved: you are signed out, or may not move visits.");
      if (answer.status === 404) return refused("Nothing was moved: this visit is not there any more.");
      return refused("Nothing was moved: the server gave no answer. Try again.");
    }
  };

  const after = async (moved) => {
    known.clear();
    await Board.live?.now();
    if (moved) Board.panelRefresh?.();
    return moved;
  };

  const drop = async (visit, version, params) => after(await carryOut({ visit, version, ...params }, await check(visit, params), null));

  const takeBack = async (what) => {
    const n = undone.indexOf(what);
    if (n < 0) return false;
    undone.splice(n, 1);
    const { visit, version, technician, starts_at } = what;
    return after(await carryOut({ visit, version, technician, starts_at }, null, what));
  };
  const undo = () => {
    if (undone.length) return takeBack(undone.at(-1));
    Board.say("Nothing to take back.");
    return Promise.resolve(false);
  };

  Board.moves = { check, words, drop, undo };
})();
