// Customers' pages: the search by a key, and what is open stays open when a part of the page is shown anew.
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const search = document.getElementById("customers-search");
    if (!search) return;
    event.preventDefault();
    search.focus();
  });

  document.addEventListener("click", (event) => {
    const cancel = event.target.closest("[data-cancel]");
    const form = document.getElementById("customer-unit");
    if (!cancel || !form?.contains(cancel)) return;
    event.preventDefault();
    form.replaceChildren();
  });

  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details[open]")) event.target.querySelector("input")?.focus();
  }, true);

  document.addEventListener("htmx:afterSettle", (event) => {
    const form = document.getElementById("customer-unit");
    if (event.detail.target === form) form.querySelector("select, input:not([type=hidden])")?.focus();
  });

  // What could not be sent is said where it was typed, and stays there.
  const LOST = "No answer from the server. Look whether it was changed; what you typed is still here. Try once more.";
  const OUT = "You are signed out, and nothing was changed. Sign in again in another tab, then press again; what you typed is still here.";
  const ours = (event) => event.detail.elt?.closest(".pp section, .pp form");
  const failed = (place, text) => {
    place.querySelector(".pp-failed")?.remove();
    const said = document.createElement("p");
    said.className = "desk-problem pp-failed";
    said.setAttribute("role", "alert");
    said.textContent = text;
    place.prepend(said);
  };
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const place = ours(event);
    if (!place || event.detail.xhr.status !== 401) return;
    event.preventDefault(); // else the whole page would go to sign in, and what was typed with it
    failed(place, OUT);
  });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      const place = ours(event);
      if (place) failed(place, event.detail.xhr?.status === 403 ? OUT : LOST);
    });
  }
})();
