"use strict";

(() => {
  const FIRST = 0, STEPS = [10, 25, 50, 100], REST = 300, AGAIN = 800;
  const root = document.documentElement;
  const place = (id) => document.getElementById(id);
  const state = {
    at: [], picture: null, kept: null, top: 0, asked: 0, timer: 0, setup: null, source: null,
  };

  function made(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // ---- where pictures come from: the server, or what was computed beforehand

  const server = {
    async setup() {
      const answer = await fetch("setup");
      if (!answer.ok) throw new Error(await answer.text());
      return answer.json();
    },
    picture: (at, worlds) => server.wish("picture", at, worlds),
    business: (at, worlds) => server.wish("business", at, worlds),
    async wish(what, at, worlds) {
      const [header, second] = state.setup.second;
      const answer = await fetch(what, {
        method: "POST",
        headers: { "content-type": "application/json", [header]: second },
        body: JSON.stringify({ at, worlds }),
      });
      const found = await answer.json().catch(() => ({ problem: "the server sent no answer" }));
      if (found.later) return null;
      if (!answer.ok) throw new Error(found.problem);
      return found;
    },
  };

  const disk = {
    pictures: null,
    async setup() {
      this.pictures = JSON.parse(await unpacked("pictures"));
      return JSON.parse(place("setup").textContent);
    },
    async picture(at) {
      const sizes = state.setup.sliders.map((slider) => slider.steps.length);
      const found = this.pictures[at.reduce((sum, own, n) => sum * sizes[n] + own, 0)];
      if (found.problem) throw new Error(found.problem);
      return found;
    },
    async business(at) {
      if (!at.every((own, n) => own === state.setup.sliders[n].start))
        throw new Error("This file has one business at the scenario’s own setting only: press R, then N.");
      return JSON.parse(await unpacked("business"));
    },
  };

  async function unpacked(id) {
    const bytes = Uint8Array.from(atob(place(id).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  async function library() {
    if (window.Plotly || !place("plotly")) return;
    document.head.append(made("script", { textContent: await unpacked("plotly") }));
  }

  // ---- asking: a first look at once, more worlds while the hand rests

  async function ask(worlds) {
    clearTimeout(state.timer);
    const mine = ++state.asked;
    // What is on stage is of one setting.
    if (worlds === FIRST) leave();
    const started = performance.now();
    if (worlds === FIRST) root.classList.add("stale");
    let found = null;
    try {
      found = await state.source.picture([...state.at], worlds);
    } catch (error) {
      if (mine === state.asked) trouble(error.message);
      return;
    }
    if (mine !== state.asked) return;
    if (found === null) {
      state.timer = setTimeout(() => ask(worlds), AGAIN);
      return;
    }
    state.picture = found;
    root.classList.remove("stale");
    draw();
    const took = Math.round(performance.now() - started);
    root.dataset.drawn = String(Number(root.dataset.drawn || 0) + 1);
    root.dataset.worlds = String(found.worlds);
    said(found, took);
    more(found, worlds === FIRST ? REST : 0);
  }

  function more(found, rest) {
    const next = STEPS.find((many) => many > found.worlds && many <= found.of);
    if (next && state.source === server) {
      state.timer = setTimeout(() => ask(next), rest);
    }
  }

  // ---- one business, in place of the curves

  async function see() {
    if (root.classList.contains("one")) { leave(); return; }
    const { picture } = state;
    if (!picture || root.classList.contains("stale")) return;
    clearTimeout(state.timer);
    const mine = ++state.asked;
    root.classList.add("waiting");
    let found = null, problem = "";
    try {
      // The server's one desk may have been given something else meanwhile.
      while (!found && mine === state.asked) {
        found = await state.source.business([...state.at], picture.worlds);
        if (!found) await new Promise((done) => { setTimeout(done, AGAIN); });
      }
    } catch (error) {
      problem = error.message;
    }
    if (mine !== state.asked) return;
    root.classList.remove("waiting");
    problem = problem || found.problem;
    if (problem) trouble(problem);
    else open(found.markup);
    more(picture, problem ? AGAIN : 0);
  }

  function open(markup) {
    // The markup comes from a template that escapes what others wrote.
    place("stage").innerHTML = markup;
    root.classList.add("one");
    place("one").setAttribute("aria-pressed", "true");
    place("one").lastChild.textContent = "Back to the curves";
    place("stage").firstElementChild.dispatchEvent(new Event("replay", { bubbles: true }));
    place("stage").querySelector("button").focus();
  }

  function leave() {
    root.classList.remove("waiting");
    if (!root.classList.contains("one")) return;
    root.classList.remove("one");
    if (place("stage").contains(document.activeElement)) place("one").focus();
    place("stage").replaceChildren();
    place("one").setAttribute("aria-pressed", "false");
    place("one").lastChild.textContent = "See one business";
    draw();
  }

  function said(found, took) {
    const more = found.worlds < found.of && state.source === server ? ", more while you rest" : "";
    const many = `${found.worlds} of ${found.of} worlds`;
    place("status").classList.remove("bad");
    place("status").textContent = state.source === server
      ? `${many}${more} · ${took} ms` : `${found.worlds} worlds, computed beforehand`;
  }

  function trouble(text) {
    place("status").classList.add("bad");
    place("status").textContent = text[0].toUpperCase() + text.slice(1);
  }

  // ---- sliders, presets, buttons, keys

  function build(setup) {
    document.title = setup.question;
    place("question").textContent = setup.question;
    place("presets").append(...setup.presets.map((preset, n) => made(
      "button", { type: "button", onclick: () => go(preset.at) },
      made("kbd", { textContent: String(n + 1) }), made("span", { textContent: preset.question }),
    )));
    place("sliders").append(...setup.sliders.map(slider));
    place("keep").onclick = keep;
    place("again").onclick = () => { drop(); go(setup.sliders.map((one) => one.start)); };
    place("slide").onclick = slide;
    place("one").onclick = see;
    place("dark").onclick = () => dark(!root.classList.contains("dark"));
    place("source").textContent = `${setup.measure}. ${setup.town}.`;
  }

  function slider(about, n) {
    const id = `slider${n}`;
    const input = made("input", {
      type: "range", id, min: 0, max: about.steps.length - 1, step: 1, value: about.start,
      oninput: () => { state.at[n] = Number(input.value); label(n); ask(FIRST); },
    });
    input.setAttribute("aria-describedby", `${id}about`);
    return made("div", { className: "slider" },
      made("label", { htmlFor: id, id: `${id}label` }),
      made("p", { className: "about", id: `${id}about`, textContent: about.about }), input);
  }

  function label(n) {
    const says = state.setup.sliders[n].says[state.at[n]];
    const input = place(`slider${n}`);
    place(`slider${n}label`).textContent = says;
    input.value = state.at[n];
    input.setAttribute("aria-valuetext", says);
    input.style.setProperty("--at", `${100 * state.at[n] / Math.max(1, Number(input.max))}%`);
    state.setup.presets.forEach((preset, k) => {
      const on = preset.at.every((own, m) => own === state.at[m]);
      place("presets").children[k].setAttribute("aria-pressed", String(on));
    });
  }

  function go(at) {
    state.at = [...at];
    state.at.forEach((_, n) => label(n));
    ask(FIRST);
  }

  function keep() {
    if (state.kept) { drop(); draw(); return; }
    if (!state.picture) return;
    const says = state.setup.sliders.map((one, n) => one.says[state.at[n]]);
    state.kept = { picture: state.picture, says };
    place("keep").lastChild.textContent = "Drop";
    place("keep").setAttribute("aria-pressed", "true");
    draw();
  }

  function drop() {
    state.kept = null;
    place("keep").lastChild.textContent = "Keep";
    place("keep").setAttribute("aria-pressed", "false");
  }

  function slide() {
    const on = root.classList.toggle("slide");
    const full = document.fullscreenElement;
    if (on && !full && root.requestFullscreen) root.requestFullscreen().catch(() => {});
    if (!on && full) document.exitFullscreen().catch(() => {});
    draw();
  }

  function dark(on) {
    root.classList.toggle("dark", on);
    draw();
  }

  const KEYS = { k: "keep", r: "again", f: "slide", d: "dark", n: "one" };

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const number = Number(event.key);
    const preset = number >= 1 ? state.setup.presets[number - 1] : null;
    if (preset) go(preset.at);
    else if (KEYS[event.key.toLowerCase()]) place(KEYS[event.key.toLowerCase()]).click();
    else if (event.key === "Escape" && root.classList.contains("slide")) slide();
    else if (event.key === "Escape" && root.classList.contains("one")) leave();
    else return;
    event.preventDefault();
  }

  // ---- the picture

  const colour = (arm) => (root.classList.contains("dark") ? arm.dark : arm.fill);
  const ink = (arm) => (root.classList.contains("dark") ? arm.dark : arm.text);

  function draw() {
    const { picture, setup } = state;
    if (!picture) return;
    const [behind, ahead] = setup.compare.map((n) => setup.arms[n]);
    const dots = place("luck").style;
    dots.setProperty("--ahead", colour(ahead));
    dots.setProperty("--behind", colour(behind));
    dots.setProperty("--ahead-text", ink(ahead));
    dots.setProperty("--behind-text", ink(behind));
    place("headline").textContent = picture.headline;
    place("sure").textContent = picture.sure;
    setup.sliders.forEach((one, n) => {
      const unhappy = picture.arms[setup.compare[0]].unhappy;
      if (one.unhappy && unhappy) place(`slider${n}about`).textContent = `${one.unhappy} ${unhappy}`;
    });
    drawDots(picture);
    const stage = place("stage").firstElementChild;
    if (stage) stage.dispatchEvent(new Event("redress"));
    else drawChart(picture);
  }

  function drawDots(picture) {
    const kinds = [...picture.dots, ...Array(picture.of - picture.worlds).fill("none")];
    place("dots").replaceChildren(...kinds.map((kind) => made("i", { className: kind })));
    const told = ["ahead", "tied", "behind"].filter((key) => picture.luck[key]);
    const kind = { ahead: "a", tied: "t", behind: "b" };
    const counts = told.flatMap((key) => [
      " ", made("b", { className: kind[key], textContent: picture.luck[key] }),
      key === told.at(-1) ? "" : ",",
    ]);
    place("lucky").replaceChildren(
      made("span", { className: "what", textContent: picture.luck.what }), ...counts,
      ` (of ${picture.worlds})`);
    place("dots").setAttribute("aria-label",
      [...told.map((key) => picture.luck[key]), `of ${picture.worlds} worlds`].join(", "));
  }

  function safe(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  function scale() {
    const ends = [state.picture, state.kept && state.kept.picture].filter(Boolean)
      .flatMap((one) => one.arms.map((arm) => Math.max(...(arm.high || arm.mean))));
    const need = Math.max(...ends, 1e-9) * 1.04;
    // While a hand moves, an axis that moves too would hide what changes.
    if (need > state.top || need < state.top / 2.5) state.top = need * 1.08;
    return state.top;
  }

  function drawChart(picture) {
    const { setup, kept } = state;
    const rem = parseFloat(getComputedStyle(root).fontSize);
    const style = getComputedStyle(root);
    const [soft, grid, page] = ["--soft", "--grid", "--page"].map((n) => style.getPropertyValue(n));
    const width = place("chart").clientWidth, height = place("chart").clientHeight;
    const top = scale();
    const traces = [
      ...picture.arms.flatMap((arm, n) => band(arm, setup.arms[n])),
      // Under the lines of now: where nothing has changed there is nothing to see.
      ...(kept ? kept.picture.arms.map((arm, n) => line(
        arm, setup.arms[n], rem * 0.17, `${rem * 0.5}px ${rem * 0.35}px`)) : []),
      ...picture.arms.flatMap((arm, n) => [
        { ...line(arm, setup.arms[n], rem * 0.36), line: { color: page, width: rem * 0.36 } },
        line(arm, setup.arms[n], rem * 0.22),
      ]),
    ];
    const room = { t: rem * 0.8, b: rem * 2.2, l: rem * 3.4 };
    const labels = ends(picture, rem, height - room.t - room.b, top);
    const right = labels.length ? Math.max(...labels.map((one) => one.width)) + rem * 0.8 : rem;
    const axis = {
      tickfont: { size: rem * 1.05, color: soft }, zeroline: false, showline: false,
      ticks: "outside", ticklen: rem * 0.35, tickcolor: "rgba(0,0,0,0)", fixedrange: true,
    };
    const layout = {
      width, height, showlegend: false, hovermode: false, dragmode: false,
      paper_bgcolor: page, plot_bgcolor: page, margin: { ...room, r: right, pad: 0 },
      font: { family: getComputedStyle(document.body).fontFamily },
      xaxis: {
        ...axis, range: [0, setup.weeks.at(-1)], showgrid: false,
        tickvals: setup.ticks.map((tick) => tick[0]), ticktext: setup.ticks.map((tick) => tick[1]),
      },
      yaxis: { ...axis, range: [0, top], gridcolor: grid, gridwidth: Math.max(1, rem * 0.06),
        nticks: 6, separatethousands: true },
      annotations: labels.map((one) => one.note),
    };
    window.Plotly.react("chart", traces, layout, { displayModeBar: false, staticPlot: true });
    place("chart").setAttribute("aria-label", `Lines of clients won per business. ${
      picture.arms.map((arm, n) => `${setup.arms[n].name}: ${arm.end}`).join("; ")}.`);
    const many = picture.worlds === 1 ? "1 world" : `${picture.worlds} worlds`;
    place("source").textContent = `${setup.measure}. ${many} per strategy. ${setup.town}.${ghost()}`;
  }

  function ghost() {
    if (!state.kept) return "";
    const other = state.kept.says.filter(
      (says, n) => says !== state.setup.sliders[n].says[state.at[n]]);
    return ` Dashed: as kept${other.length ? `, with ${other.join("; ")}` : ""}.`;
  }

  function line(arm, about, width, dash) {
    return {
      x: state.setup.weeks, y: arm.mean, mode: "lines",
      line: { color: colour(about), width, dash: dash || "solid" }, hoverinfo: "skip",
    };
  }

  function band(arm, about) {
    if (!arm.low) return [];
    const side = { x: state.setup.weeks, mode: "lines", line: { width: 0 }, hoverinfo: "skip" };
    const rgb = colour(about).match(/\w\w/g).map((pair) => parseInt(pair, 16));
    return [{ ...side, y: arm.low },
      { ...side, y: arm.high, fill: "tonexty", fillcolor: `rgba(${rgb.join(",")},.16)` }];
  }

  const pen = document.createElement("canvas").getContext("2d");

  function wide(text, size, bold) {
    pen.font = `${bold ? "bold " : ""}${size}px ${getComputedStyle(document.body).fontFamily}`;
    return pen.measureText(text).width;
  }

  // Names at the ends of their lines, pushed apart where they would lie on each other.
  function ends(picture, rem, height, top) {
    const big = rem * 1.12, small = rem * 0.98, each = rem * 3;
    const found = picture.arms.map((arm, n) => ({
      at: height * (1 - arm.mean.at(-1) / top), arm, about: state.setup.arms[n],
    })).sort((one, other) => one.at - other.at);
    const lowest = height - each * 0.3;
    for (let round = 0; round < 60; round += 1) {
      found.forEach((own, n) => {
        const next = found[n + 1];
        const over = next ? each - (next.at - own.at) : 0;
        if (over > 0) { own.at -= over / 2; next.at += over / 2; }
        own.at = Math.min(Math.max(own.at, each * 0.4), lowest);
      });
    }
    return found.map(({ at, arm, about }) => {
      const short = clipped(about.name, big, rem * 13);
      return {
        width: Math.max(wide(short, big, true), wide(arm.end, small, false)),
        note: {
          xref: "paper", x: 1, xanchor: "left", xshift: rem * 0.5, yref: "paper",
          y: 1 - at / height, yanchor: "middle", showarrow: false, align: "left",
          font: { size: big, color: ink(about) },
          text: `<b>${safe(short)}</b><br><span style="font-size:${small}px">${safe(arm.end)}</span>`,
        },
      };
    });
  }

  function clipped(text, size, room) {
    let short = [...text];
    while (short.length > 4 && wide(`${short.join("")}…`, size, true) > room) short = short.slice(0, -1);
    return short.length < [...text].length ? `${short.join("")}…` : text;
  }

  // ---- begin

  async function begin() {
    state.source = place("pictures") ? disk : server;
    try {
      await library();
      state.setup = await state.source.setup();
    } catch (error) {
      trouble(`${error.message}. Reload the page from the address that the terminal shows.`);
      return;
    }
    build(state.setup);
    root.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
    document.addEventListener("keydown", pressed);
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement && root.classList.contains("slide")) slide();
    });
    new ResizeObserver(() => draw()).observe(place("chart"));
    go(state.setup.sliders.map((one) => one.start));
  }

  begin();
})();
