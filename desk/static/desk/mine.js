// A technician's day is read anew when somebody looks at it again after a while, never under their eyes.
(() => {
  "use strict";
  const AFTER = 60_000;
  const read = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - read > AFTER) location.reload();
  });
})();
