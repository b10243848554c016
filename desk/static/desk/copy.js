// A button with data-copies="id" puts what stands in that field on the clipboard, and says so.
"use strict";

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      field.focus(); // not allowed to: it is marked, to be copied by hand
    }
  });
}
