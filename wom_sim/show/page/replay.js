"use strict";
(() => {
  const BUSINESS = 0, CUSTOMER = 1, HEARER = 2, PARTNER = 3, SENT = 4, OTHER = 5;
  const GOOD = 0, BAD = 1, AGAIN = 2, REFERRAL = 3, BY_CUSTOMERS = 4, BY_PARTNERS = 5, OTHERWISE = 6;
  const LONGEST = 45000, SLOWEST = 420, STEP = 500;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function start(root) {
    const { weeks, places, events, more } = JSON.parse(root.querySelector(".replay-data").textContent);
    const canvas = root.querySelector("canvas"), pen = canvas.getContext("2d");
    const play = root.querySelector(".replay-play"), scrub = root.querySelector(".replay-week");
    const status = root.querySelector(".replay-status");
    const pace = Math.min(SLOWEST, LONGEST / weeks);
    let now = weeks, playing = false, last = 0, colours = {};

    const colour = { [GOOD]: "customers", [BAD]: "bad", [AGAIN]: "bad", [REFERRAL]: "partners",
      [BY_CUSTOMERS]: "customers", [BY_PARTNERS]: "partners" };

    function dress() {
      const style = getComputedStyle(root);
      for (const name of ["ink", "soft", "grid", "card", "customers", "partners", "bad", "other"])
        colours[name] = style.getPropertyValue(`--${name}`).trim();
    }

    function at(place) {
      const [x, y] = places[place], { width, height } = canvas;
      return [width * (0.5 + 0.485 * x), height * (0.5 - 0.47 * y)];
    }

    function words(week) {
      const seen = new Array(7).fill(0), past = (when) => when < week || week >= weeks;
      for (const [when, kind] of events) if (past(when)) seen[kind]++;
      for (const [when, kind, many] of more) if (past(when)) seen[kind] += many;
      const [customers, partners, others, bad] = [BY_CUSTOMERS, BY_PARTNERS, OTHERWISE, BAD].map((kind) => seen[kind]);
      return `Week ${week} of ${weeks}: ${customers} won through customers, ${partners} through ` +
        `partners, ${others} otherwise; ${bad} heard a bad story.`;
    }

    function dot(x, y, size, fill, edge) {
      pen.beginPath();
      pen.arc(x, y, size, 0, 2 * Math.PI);
      if (fill) { pen.fillStyle = fill; pen.fill(); }
      if (edge) { pen.strokeStyle = edge; pen.lineWidth = size * 0.45; pen.stroke(); }
    }

    function cross(x, y, size, ink) {
      pen.strokeStyle = ink;
      pen.lineWidth = size * 0.7;
      pen.beginPath();
      pen.moveTo(x - size, y - size); pen.lineTo(x + size, y + size);
      pen.moveTo(x + size, y - size); pen.lineTo(x - size, y + size);
      pen.stroke();
    }

    function thread(from, to, ink, alpha, width) {
      const [x, y] = at(from), [u, v] = at(to);
      pen.globalAlpha = alpha;
      pen.strokeStyle = ink;
      pen.lineWidth = width;
      pen.beginPath(); pen.moveTo(x, y); pen.lineTo(u, v); pen.stroke();
      pen.globalAlpha = 1;
    }

    function draw() {
      const crowd = Math.min(1, 0.4 + 8 / Math.sqrt(places.length));
      const unit = crowd * Math.max(canvas.width / 640, canvas.width / (canvas.clientWidth || 640) * 0.8);
      const whole = now >= weeks, week = Math.floor(now), share = now - week;
      const state = new Map();
      scrub.style.setProperty("--at", `${100 * week / weeks}%`);
      pen.clearRect(0, 0, canvas.width, canvas.height);
      places.forEach(([, , kind], place) => {
        if (kind === CUSTOMER || kind === PARTNER) thread(0, place, colours.grid, 1, unit);
      });
      for (const [when, kind, from, to] of events) {
        if (when >= week && !whole) break;
        const known = state.get(to);
        if (to >= 0 && (kind >= BY_CUSTOMERS || known === undefined || known < BY_CUSTOMERS))
          if (!(known === BAD && (kind === GOOD || kind === REFERRAL))) state.set(to, kind === AGAIN ? BAD : kind);
        const fresh = week - when <= 4 && !whole;
        if (from >= 0 && to >= 0) thread(from, to, colours[colour[kind]], fresh ? 0.7 : 0.16, unit * (fresh ? 1.4 : 0.8));
      }
      places.forEach(([, , kind], place) => mark(place, kind, state.get(place), unit));
      if (!whole && share > 0) travel(week, share, unit);
      const [x, y] = at(BUSINESS);
      dot(x, y, 11 * unit, colours.ink);
    }

    function mark(place, kind, told, unit) {
      const [x, y] = at(place);
      const won = told >= BY_CUSTOMERS;
      const fill = won ? colours[colour[told] || "other"] : null;
      if (kind === CUSTOMER) {
        dot(x, y, 4.2 * unit, fill || colours.card, colours.customers);
        if (told === BAD) cross(x, y, 2.6 * unit, colours.bad);
      } else if (kind === PARTNER) {
        const side = 9 * unit;
        pen.fillStyle = colours.card; pen.strokeStyle = colours.partners; pen.lineWidth = 2.2 * unit;
        pen.fillRect(x - side / 2, y - side / 2, side, side);
        pen.strokeRect(x - side / 2, y - side / 2, side, side);
      } else if (won) dot(x, y, 4.4 * unit, fill);
      else if (told === BAD) cross(x, y, 2.6 * unit, colours.bad);
      else if (told === GOOD || told === REFERRAL) dot(x, y, 2.4 * unit, colours.card, colours[colour[told]]);
      else if (kind !== BUSINESS && kind !== OTHER) dot(x, y, 1.6 * unit, colours.grid);
    }

    function travel(week, share, unit) {
      const moving = events.filter(([when, kind, from, to]) =>
        when === week && to >= 0 && (from >= 0 || kind >= BY_CUSTOMERS));
      moving.forEach(([, kind, from, to], rank) => {
        const late = 0.4 * rank / moving.length;
        const part = Math.min(1, Math.max(0, (share - late) / 0.6));
        const back = kind >= BY_CUSTOMERS;
        const [x, y] = at(back ? to : from), [u, v] = at(back ? BUSINESS : to);
        const ease = part * part * (3 - 2 * part), px = x + (u - x) * ease, py = y + (v - y) * ease;
        const ink = colours[colour[kind] || "other"];
        if (part <= 0 || part >= 1) return;
        if (kind === BAD || kind === AGAIN) cross(px, py, 3 * unit, ink);
        else dot(px, py, (back ? 5 : 3.4) * unit, ink);
      });
    }

    function show() {
      const week = Math.floor(now), said = words(week);
      scrub.value = String(week);
      scrub.setAttribute("aria-valuetext", said);
      status.textContent = said;
      draw();
    }

    function frame(time) {
      if (!playing || !root.isConnected) return;
      const gone = last ? time - last : 0;
      if (!calm.matches) { now = Math.min(weeks, now + gone / pace); last = time; }
      else if (!last || gone >= STEP) { now = Math.min(weeks, Math.floor(now) + 1); last = time; }
      show();
      if (now >= weeks) set(false);
      else requestAnimationFrame(frame);
    }

    function set(on) {
      playing = on;
      play.textContent = on ? "Pause" : "Play";
      if (!on) { now = Math.floor(now); show(); return; }
      if (now >= weeks) now = 0;
      last = 0;
      requestAnimationFrame(frame);
    }

    function fit() {
      const ratio = window.devicePixelRatio || 1;
      canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
      canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
      dress();
      draw();
    }

    play.addEventListener("click", () => set(!playing));
    scrub.addEventListener("input", () => { const wanted = Number(scrub.value); set(false); now = wanted; show(); });
    dark.addEventListener("change", fit);
    root.addEventListener("redress", fit);
    new ResizeObserver(fit).observe(canvas);
    fit();
  }

  document.querySelectorAll(".replay").forEach(start);
  // A page that puts one in later tells it so.
  document.addEventListener("replay", (event) => start(event.target));
})();
