// On every page of the desk: how much needs somebody, on the tab, its icon and the menu, and a sound while nobody has an
// emergency. Asks a cheap question every few seconds; the answer is mostly 304. Tells the page by an event, "desk:waits", and
// says itself that nobody is signed in any more or the server is away, where the page has no words of its own for that.
(() => {
  "use strict";

  const { inbox, changes, alarms: line, alarm } = document.currentScript.dataset;
  const isInbox = location.pathname === inbox;
  // A page nobody looks at still has to ring, only not as soon.
  const every = () => (isInbox ? 1200 : document.hidden ? 6000 : 3000);
  const icon = document.querySelector('link[rel="icon"]');
  const usual = icon?.href;
  const title = document.title.trim();
  let token = "";
  let alarms = 0;

  const show = ({ count }) => {
    document.title = count ? `(${count}) ${title}` : title;
    if (icon) icon.href = alarms ? alarm : usual;
    const link = document.querySelector(`#nav-sidebar-apps a[href="${inbox}"]`);
    if (!link) return;
    let badge = link.querySelectorAll(":scope > span")[2];
    if (!badge) {
      badge = document.createElement("span");
      badge.className = "desk-count";
      link.append(badge);
    }
    badge.textContent = count || "";
    badge.hidden = !count;
  };

  // The red line of a page that was opened before the emergency was, or before somebody had it.
  const red = async () => {
    const place = document.getElementById("desk-alarm");
    const said = Number(place?.querySelector("[data-count]")?.dataset.count ?? 0);
    if (!place || said === alarms) return;
    const answer = await fetch(line, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(10000) });
    if (answer.ok) place.innerHTML = await answer.text();
  };

  // Who signs in again in another tab makes the tokens void that stand in the forms of this one: they follow the cookie.
  let held = "";
  const renew = () => {
    const given = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
    if (!given || given === held) return;
    held = given;
    for (const each of document.getElementsByName("csrfmiddlewaretoken")) each.value = given;
  };
  for (const before of ["submit", "htmx:confirm"]) document.addEventListener(before, renew, true);

  const say = (what) => {
    const place = document.getElementById("desk-lost");
    if (!place || document.querySelector("#board-offline, #ib-lost, #calls-lost")) return;
    place.hidden = !what;
    for (const each of place.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== what;
  };

  const ask = async () => {
    renew();
    try {
      const answer = await fetch(changes, {
        headers: token ? { "If-None-Match": `"${token}"` } : {},
        cache: "no-store",
        redirect: "manual",
        signal: AbortSignal.timeout(10000),
      });
      if (answer.type === "opaqueredirect" || answer.status === 403) return tell({ out: true });
      if (answer.status === 304) return tell({ token });
      if (!answer.ok) return tell({ lost: true });
      const waits = await answer.json();
      ({ token, alarms } = waits);
      show(waits);
      tell(waits);
      await red();
    } catch {
      tell({ lost: true });
    }
  };
  let failures = 0;
  const tell = (detail) => {
    failures = detail.lost ? failures + 1 : 0;
    say(detail.out ? "out" : failures >= 3 ? "lost" : "");
    dispatchEvent(new CustomEvent("desk:waits", { detail }));
  };

  const again = async () => {
    await ask();
    setTimeout(again, every());
  };
  again();
  document.addEventListener("visibilitychange", () => document.hidden || ask());

  // The sound: two tones, made here. Off until somebody turns it on, which is the click that a browser asks for; remembered here.
  const KEY = "desk-sound";
  const RINGS_EVERY = 6000;
  let audio = null;
  const isOn = () => localStorage.getItem(KEY) === "on";
  const ready = () => {
    audio ??= new AudioContext();
    return audio.state === "running" ? Promise.resolve() : audio.resume();
  };
  const ring = async () => {
    await ready();
    [880, 660, 880, 660].forEach((hertz, n) => {
      const from = audio.currentTime + n * 0.22;
      const tone = new OscillatorNode(audio, { type: "triangle", frequency: hertz });
      const loud = new GainNode(audio, { gain: 0 });
      loud.gain.setValueAtTime(0.0001, from);
      loud.gain.exponentialRampToValueAtTime(0.4, from + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0001, from + 0.2);
      tone.connect(loud).connect(audio.destination);
      tone.start(from);
      tone.stop(from + 0.22);
    });
    dispatchEvent(new CustomEvent("desk:rang"));
  };
  let rangAt = -Infinity;
  setInterval(() => {
    if (!alarms || !isOn()) {
      rangAt = -Infinity;
    } else if (performance.now() - rangAt > RINGS_EVERY && (navigator.userActivation?.hasBeenActive ?? true)) {
      // Without a click since the page was opened no browser lets it ring; the red line on the page and the tab say it meanwhile.
      rangAt = performance.now();
      ring().catch(() => undefined);
    }
  }, 500);

  window.deskSound = {
    isOn,
    set: (on) => {
      localStorage.setItem(KEY, on ? "on" : "off");
      if (on) ring().catch(() => undefined);
    },
  };

  // Who reads elsewhere is told whose clock it is.
  const ours = document.getElementById("desk-zone");
  const offset = (zone) =>
    new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts().find((part) => part.type === "timeZoneName").value;
  if (ours && offset(ours.dataset.zone) !== offset()) {
    ours.textContent = `Times are ${ours.dataset.zone.split("/").pop().replaceAll("_", " ")} time, not yours.`;
    ours.hidden = false;
  }
})();
