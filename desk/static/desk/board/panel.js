// The panel beside the board: the story of a visit, or whatever page of the desk is opened there. Kept up to date while it is open.
(() => {
  "use strict";
  const { host, panel } = Board;
  if (!panel) return;
  let shown = ""; // what the server last said
  let address = "";
  let opener = "";

  const at = (url) => `${url}${url.includes("?") ? "&" : "?"}fragment=1`;

  const fill = (html) => {
    const open = new Map([...panel.querySelectorAll("details[open]")].map((each) => [each.dataset.key, each.querySelector("[data-loaded]")]));
    const active = panel.contains(document.activeElement) ? document.activeElement.id : null;
    const scroll = panel.scrollTop;
    shown = html;
    panel.innerHTML = html;
    for (const each of panel.querySelectorAll("details[data-key]")) {
      if (!open.has(each.dataset.key)) continue;
      const loaded = open.get(each.dataset.key);
      if (loaded) each.querySelector("[data-loaded]").replaceWith(loaded);
      each.open = true;
    }
    panel.scrollTop = scroll;
    if (active) document.getElementById(active)?.focus({ preventScroll: true });
    window.htmx?.process(panel);
    Board.tick();
  };

  const failed = (answer) => Board.toast(answer.status === 404 ? "This is not there any more." : answer.status === 401 ? "You are signed out." : "No answer from the server. Try again.", { bad: true });

  const open = async (url) => {
    opener = document.activeElement?.id || "";
    const answer = await Board.request(at(url));
    if (answer.status !== 200 || typeof answer.body !== "string") return failed(answer);
    address = url;
    panel.replaceChildren();
    panel.hidden = false;
    panel.scrollTop = 0;
    fill(answer.body);
    document.body.classList.add("bd-has-panel");
    (panel.querySelector("[autofocus]") ?? panel).focus();
  };

  const close = () => {
    if (panel.hidden || !host) return;
    panel.hidden = true;
    panel.replaceChildren();
    address = shown = "";
    document.body.classList.remove("bd-has-panel");
    document.getElementById(opener)?.focus({ preventScroll: true });
  };

  // A form that somebody is at is left alone; what they send is checked against the version they saw.
  const busy = () => panel.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  const story = () => panel.querySelector(".st");
  const refresh = async () => {
    const url = host ? address : story()?.dataset.url;
    if (!url || !story() || busy()) return;
    const answer = await Board.request(at(url));
    if (answer.status === 404) return close();
    if (answer.status === 200 && answer.body !== shown && !busy() && (!host || url === address)) fill(answer.body);
  };

  const send = async (form, button) => {
    const data = new FormData(form);
    if (button?.name) data.set(button.name, button.value);
    const answer = await Board.request(at(form.action), { post: new URLSearchParams(data) });
    if (typeof answer.body !== "string" || answer.status !== 200) return failed(answer);
    fill(answer.body);
    Board.live?.now();
  };

  const params = (form) => ({ technician: form.elements.technician.value, on: form.elements.on.value, at: form.elements.at.value });
  const whole = (wish) => wish.technician && wish.on && wish.at;
  const verdict = async (form) => {
    const place = form.querySelector("[data-verdict]");
    const wish = params(form);
    if (!whole(wish)) return void (place.textContent = "");
    const found = await Board.moves.check(story().dataset.visit, wish);
    place.dataset.verdict = found?.verdict ?? "none";
    place.textContent = Board.moves.words(found);
  };

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("[data-visit] > a, a[data-panel]");
    if (link && host) {
      event.preventDefault();
      return void open(link.getAttribute("href"));
    }
    if (event.target.closest("[data-close]") && panel.contains(event.target)) {
      event.preventDefault();
      close();
    }
  });

  panel.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-inside]")) {
      event.preventDefault();
      send(form, event.submitter);
    } else if (form.matches("[data-moving]")) {
      event.preventDefault();
      const wish = params(form);
      if (whole(wish)) Board.moves.drop(story().dataset.visit, story().dataset.version, wish);
    }
  });
  panel.addEventListener("change", (event) => {
    const form = event.target.closest("[data-moving]");
    if (form) verdict(form);
  });
  panel.addEventListener("toggle", async (event) => {
    const fold = event.target;
    const place = fold.querySelector?.("[data-loaded]");
    if (!fold.open || !fold.dataset.load || !place || place.dataset.loaded) return;
    place.dataset.loaded = "1";
    const answer = await Board.request(fold.dataset.load);
    if (answer.status === 200) place.innerHTML = answer.body;
    else place.textContent = "It could not be read. Close and open this again.";
    if (answer.status !== 200) delete place.dataset.loaded;
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || panel.hidden || document.querySelector("dialog[open]") || Board.carry?.busy()) return;
    event.preventDefault();
    close();
  });
  document.addEventListener("board:shown", refresh);

  Board.open = open;
  Board.close = close;
  Board.panelRefresh = () => {
    if (panel.contains(document.activeElement)) panel.focus({ preventScroll: true });
    return refresh();
  };
})();
