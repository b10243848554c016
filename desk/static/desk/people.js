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
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      const place = event.detail.elt?.closest("section, form");
      if (!place) return;
      place.querySelector(".pp-failed")?.remove();
      const said = document.createElement("p");
      said.className = "desk-problem pp-failed";
      said.setAttribute("role", "alert");
      said.textContent = "No answer from the server. Nothing was changed; what you typed is still here. Try once more.";
      place.prepend(said);
    });
  }
})();
