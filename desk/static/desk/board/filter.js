// Shows less of what the page has: one technician, one service, what matches a word. And rows that are lower.
(() => {
  "use strict";
  const { host, board } = Board;
  if (!host) return;
  const notice = document.getElementById("bd-filtered");
  const at = (id) => document.getElementById(id);
  const digits = (text) => (/^[\d\s()+.-]{4,}$/.test(text) ? text.replace(/\D/g, "") : "");
  const keep = (name, value) => {
    try {
      sessionStorage.setItem(`board:${name}`, value);
    } catch { /* a browser that keeps nothing */ }
  };
  const kept = (name) => {
    try {
      return sessionStorage.getItem(`board:${name}`) ?? "";
    } catch {
      return "";
    }
  };

  const apply = () => {
    const technician = at("bd-technician").value;
    const service = at("bd-service").value;
    const typed = at("bd-search").value.trim().toLowerCase();
    const word = digits(typed) || typed;
    const narrowed = Boolean(service || word);
    const fitting = (card) => (!service || card.dataset.service === service) && (!word || card.dataset.finds.includes(word));
    let cards = 0;
    for (const card of host.querySelectorAll("#bd-foot [data-visit]")) {
      card.classList.toggle("bd-other", !fitting(card));
      cards += !technician && fitting(card) ? 1 : 0;
    }
    for (const row of host.querySelectorAll("#bd-rows > .bd-row")) {
      const mine = !technician || row.dataset.technician === technician;
      const named = word && row.dataset.name.toLowerCase().includes(word);
      let any = false;
      for (const card of row.querySelectorAll("[data-visit]")) {
        const fits = named ? !service || card.dataset.service === service : fitting(card);
        card.classList.toggle("bd-other", narrowed && !fits);
        any ||= fits;
        cards += mine && fits ? 1 : 0;
      }
      row.hidden = !mine || (narrowed && !any && !named);
    }
    notice.hidden = !technician && !narrowed;
    notice.querySelector("span").textContent = `Not everything is shown: ${cards} visit${cards === 1 ? "" : "s"} match${cards === 1 ? "es" : ""}.`;
  };

  const everything = () => {
    for (const id of ["bd-technician", "bd-service", "bd-search"]) at(id).value = "";
    changed();
  };
  const changed = () => {
    keep("technician", at("bd-technician").value);
    keep("service", at("bd-service").value);
    apply();
  };

  const dense = (on) => {
    board().classList.toggle("bd-dense", on);
    at("bd-density").setAttribute("aria-pressed", String(on));
  };

  host.addEventListener("input", (event) => event.target.id === "bd-search" && apply());
  host.addEventListener("change", (event) => ["bd-technician", "bd-service"].includes(event.target.id) && changed());
  host.addEventListener("click", (event) => {
    if (event.target.id === "bd-all") everything();
    if (event.target.id === "bd-density") {
      const on = !board().classList.contains("bd-dense");
      keep("dense", on ? "1" : "");
      dense(on);
    }
  });
  document.addEventListener("board:shown", apply);

  for (const id of ["bd-technician", "bd-service"]) {
    const value = kept(id.slice(3));
    if ([...at(id).options].some((each) => each.value === value)) at(id).value = value;
  }
  dense(kept("dense") === "1");
  if (document.getElementById("bd-rows")) apply();
})();
