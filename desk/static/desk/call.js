// Keeps the page of a call that is still under way true: asks every few seconds, and shows the end once.
(() => {
  "use strict";
  const EVERY = 2500;

  const start = () => {
    const place = document.getElementById("call-talk");
    if (!place || !("live" in place.dataset)) return;
    let tag = "";

    const show = (text) => {
      const open = new Set([...place.querySelectorAll("details[open]")].map((each) => each.dataset.key));
      place.innerHTML = text;
      for (const each of place.querySelectorAll("details")) each.open = open.has(each.dataset.key);
    };

    const ask = async () => {
      try {
        if (!document.hidden) {
          const answer = await fetch(place.dataset.url, {
            headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", credentials: "same-origin", redirect: "error",
          });
          if (answer.status === 200) {
            tag = answer.headers.get("ETag") || "";
            show(await answer.text());
            if (place.querySelector("[data-state=over]")) return location.reload(); // what came of it stands above
          } else if (answer.status !== 304) return; // signed out, or the call is gone
        }
      } catch { /* away for a moment: asked again */ }
      setTimeout(ask, EVERY);
    };
    setTimeout(ask, EVERY);
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
