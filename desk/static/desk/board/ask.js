// A move that the rules or the customer's window speak against is asked about before it is made.
// Not by showModal: that makes all behind it inert, for which the browser styles each of hundreds of cards anew. A veil takes
// the pointer instead, and the keys stay in the dialog.
(() => {
  "use strict";
  const dialog = document.getElementById("board-ask");
  const part = (name) => dialog.querySelector(`[data-ask=${name}]`);
  const at = (id) => document.getElementById(`board-ask-${id}`);
  const veil = Object.assign(document.createElement("div"), { className: "bd-veil" });
  veil.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays where it is

  // Wherever the focus is: a press on the dialog's own words leaves it nowhere.
  document.addEventListener("keydown", (event) => {
    if (!dialog.open) return;
    if (event.key === "Escape") dialog.close("");
    else if (event.key === "Tab") {
      const stops = [...dialog.querySelectorAll("input, button")].filter((each) => each.offsetParent);
      stops.at((stops.indexOf(document.activeElement) + (event.shiftKey ? -1 : 1)) % stops.length).focus();
    } else return;
    event.preventDefault();
  });
  dialog.addEventListener("close", () => veil.remove());

  // Answers { tell } of who goes ahead, null of who leaves it.
  Board.ask = (found) =>
    new Promise((resolve) => {
      const overlap = found.verdict === "overlap";
      const against = found.verdict !== "clear";
      at("title").textContent = overlap ? "Two visits at once?" : against ? "Go ahead against the rules?" : "Another window for the customer";
      part("where").textContent = found.where;
      part("said").replaceChildren(...found.said.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
      part("said").hidden = !against;
      part("do").textContent = overlap
        ? "Overbook it, and it is marked until the two no longer overlap; or leave it and choose another time or technician."
        : "Go ahead if you know better; what you overrule stands in the booking's history. Or leave it and choose another time or technician.";
      part("do").hidden = !against;
      part("promise").textContent = found.promise ? `The promise to the customer becomes ${found.promise}.${found.tells ? "" : " They cannot be texted: call them."}` : "";
      part("promise").hidden = !found.promise;
      part("tell").hidden = !found.tells;
      at("tell").checked = Boolean(found.tells);
      at("go").textContent = overlap ? "Overbook" : against ? "Go ahead" : "Move";
      dialog.returnValue = "";
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "go" ? { tell: found.tells && at("tell").checked } : null), { once: true });
      document.body.append(veil);
      dialog.show();
      at(against ? "leave" : "go").focus();
    });
})();
