// The clip player. All frames came once, in one picture: one column a clip, one row a frame.

const BLOCK = 8; // a frame's place on the sheet is a multiple of it
const GAP = 12; // CSS pixels between two clips
const SMALLEST = 92; // CSS pixels of a clip's width, where there is room
const LARGEST = 220;
const REST = 700; // milliseconds: the last frame rests before the first comes again
const RATES = [1, 2, 4, 8, 15, 30];

/** How many clips stand side by side, and how wide one may be: rows about equally full. */
function arrange(count, room) {
  const most = Math.max(1, Math.min(count, Math.floor((room + GAP) / (SMALLEST + GAP))));
  const columns = Math.ceil(count / Math.ceil(count / most));
  return { columns, room: Math.min(LARGEST, (room - (columns - 1) * GAP) / columns) };
}

/** CSS pixels of one pixel of a frame: a whole number of the screen's own pixels, where the frame is enlarged. */
function enlargement(width, height, room) {
  const ratio = window.devicePixelRatio || 1;
  const fitting = Math.min(room / width, LARGEST / height);
  return fitting * ratio >= 1 ? Math.floor(fitting * ratio) / ratio : fitting;
}

/** Calls advance() as often a second as rate() says; advance returns how many milliseconds to wait longer. */
function clock(rate, advance) {
  let frame = 0;
  let due = 0;
  const tick = (now) => {
    frame = requestAnimationFrame(tick);
    if (now - due > 250) due = now; // a page that was hidden catches nothing up
    if (now < due) return;
    due += 1000 / rate() + (advance() || 0);
  };
  return {
    running: () => frame !== 0,
    start() {
      if (frame) return;
      due = performance.now() + 1000 / rate();
      frame = requestAnimationFrame(tick);
    },
    stop() {
      cancelAnimationFrame(frame);
      frame = 0;
    },
  };
}

function build(model, root) {
  const words = model.get("words")[model.get("language")];
  const [count, time, height, width] = ["count", "time", "height", "width"].map((name) => model.get(name));
  const stride = { x: Math.ceil(width / BLOCK) * BLOCK, y: Math.ceil(height / BLOCK) * BLOCK };
  const last = time - 1;
  let position = Math.min(last, model.get("position"));
  let rate = model.get("rate");
  let loop = model.get("loop");
  let wanted = !matchMedia("(prefers-reduced-motion: reduce)").matches; // whether it plays while it is seen
  let seen = false;
  let loaded = false;

  const sheet = new Image();
  const address = URL.createObjectURL(new Blob([model.get("sheet")], { type: model.get("kind") }));

  // What stands on the page
  const titles = Array.from({ length: count }, (_, index) => words[`title_${index}`]);
  const canvases = titles.map((title) => element("canvas", { role: "img", "aria-label": title }));
  const figures = canvases.map((canvas, index) => {
    const figure = element("figure", {}, canvas);
    if (model.get("titled")) figure.append(element("figcaption", { "aria-hidden": "true" }, titles[index]));
    return figure;
  });
  const clips = element("div", { class: "imgrec-clips", role: "group", "aria-label": words.clips }, ...figures);
  const button = (text, press, name) => {
    const node = element("button", { type: "button", class: `imgrec-${name}` }, text);
    node.addEventListener("click", press);
    return node;
  };
  const play = button("", () => (wanted ? pause() : start()), "play");
  const back = button(`← ${words.back}`, () => walk(-1), "back");
  const step = button(`${words.step} →`, () => walk(1), "step");
  const slider = element("input", { type: "range", min: "0", max: String(last), step: "1", "aria-label": words.frame });
  const reading = element("span", { class: "imgrec-reading" });
  const rates = [...new Set([...RATES, rate])].sort((a, b) => a - b);
  const speed = element("select", {}, ...rates.map((one) => element("option", { value: String(one) }, fillIn(words.a_second, { count: one }))));
  const again = element("input", { type: "checkbox" });
  const announcement = element("div", { class: "imgrec-hidden", "aria-live": "polite" });
  root.replaceChildren(clips,
    element("div", { class: "imgrec-controls" },
      element("div", { class: "imgrec-buttons" }, play, back, step),
      element("div", { class: "imgrec-scrub" }, slider, reading),
      element("label", {}, element("span", {}, words.speed), speed),
      element("label", {}, again, words.loop)),
    element("div", { class: "imgrec-hint" }, words.hint), announcement);

  // Saying it
  const counted = () => fillIn(words.frame_of, { number: position + 1, count: time });
  const describe = () => {
    const at = tape.running() ? "" : `. ${counted()}`; // while it plays, any number would soon be wrong
    canvases.forEach((canvas, index) => canvas.setAttribute("aria-label", `${titles[index]}${at}`));
    return counted();
  };
  const announce = whenQuiet(() => {
    const said = describe();
    if (!tape.running()) announcement.textContent = said;
  }, 400);
  const tell = () => {
    const now = { position, rate, loop };
    const news = Object.keys(now).filter((name) => model.get(name) !== now[name]);
    for (const name of news) model.set(name, now[name]);
    if (news.length) model.save_changes();
  };
  const send = whenQuiet(tell, 150);

  // Drawing
  const draw = () => {
    if (!loaded) return;
    canvases.forEach((canvas, index) => {
      const context = canvas.getContext("2d");
      context.drawImage(sheet, index * stride.x, position * stride.y, width, height, 0, 0, canvas.width, canvas.height);
    });
    reading.textContent = counted();
    slider.value = String(position);
    slider.setAttribute("aria-valuetext", counted());
    root.dataset.position = String(position);
    root.dataset.playing = String(tape.running());
    root.dataset.redraws = String(Number(root.dataset.redraws || 0) + 1);
  };
  const redraw = oncePerFrame(draw);
  /** Give the clips their place, as wide as the page is. */
  const lay = () => {
    if (!clips.clientWidth) return;
    const { columns, room } = arrange(count, clips.clientWidth);
    const scale = enlargement(width, height, room);
    const size = [Math.max(1, width * scale), Math.max(1, height * scale)];
    const narrow = columns * (size[0] + GAP) < clips.clientWidth ? Math.min(room, Math.max(size[0], SMALLEST)) : room;
    canvases.forEach((canvas, index) => {
      const ratio = window.devicePixelRatio || 1;
      [canvas.width, canvas.height] = size.map((side) => Math.round(side * ratio));
      canvas.style.width = `${canvas.width / ratio}px`;
      canvas.style.height = `${canvas.height / ratio}px`;
      canvas.getContext("2d").imageSmoothingEnabled = scale < 1;
      figures[index].style.width = `${narrow}px`;
    });
    redraw();
  };

  // Changing
  const go = (frame) => {
    position = Math.max(0, Math.min(last, frame));
    redraw();
  };
  /** What a hand did, to be said and sent when it rests. */
  const moved = () => {
    announce();
    send();
  };
  const tape = clock(() => rate, () => {
    if (position < last) {
      go(position + 1);
      return loop && position === last ? REST : 0;
    }
    if (loop) go(0);
    else pause();
    return 0;
  });
  const label = () => { play.textContent = wanted ? `❚❚ ${words.pause}` : `▶\uFE0E ${words.play}`; };
  /** Run while it shall play and is seen. */
  const run = () => {
    if (wanted && seen && last > 0) tape.start();
    else tape.stop();
    label();
    describe();
    redraw();
  };
  function start() {
    if (position === last) go(0);
    wanted = true;
    run();
    moved();
  }
  function pause() {
    wanted = false;
    run();
    moved();
  }
  function walk(frames) {
    if (wanted) pause();
    go(position + frames);
    moved();
  }
  play.disabled = back.disabled = step.disabled = slider.disabled = last === 0;

  slider.addEventListener("input", () => {
    pause();
    go(Number(slider.value));
  });
  speed.addEventListener("change", () => {
    rate = Number(speed.value);
    if (tape.running()) {
      tape.stop();
      tape.start();
    }
    moved();
  });
  again.addEventListener("change", () => {
    loop = again.checked;
    moved();
  });
  clips.addEventListener("click", () => {
    slider.focus({ preventScroll: true }); // from here the keys go on
    play.click();
  });
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || last === 0) return;
    const at = event.target;
    if (at === speed) return; // the arrows choose there
    const keys = {
      ArrowLeft: () => walk(-1), ArrowRight: () => walk(1), ArrowDown: () => walk(-1), ArrowUp: () => walk(1),
      PageDown: () => walk(-10), PageUp: () => walk(10), Home: () => walk(-last), End: () => walk(last),
    };
    // A button or a box answers to Space itself.
    if (at.localName !== "button" && at !== again) keys[" "] = () => play.click();
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });

  const write = () => {
    if (![...speed.options].some((option) => Number(option.value) === rate)) {
      speed.append(element("option", { value: String(rate) }, fillIn(words.a_second, { count: rate })));
    }
    speed.value = String(rate);
    again.checked = loop;
  };
  // Each for itself: while one is told to Python, another may still wait to be.
  const fromPython = {
    "change:position": () => {
      if (model.get("position") === position) return;
      wanted = false;
      go(model.get("position"));
      run();
      describe();
    },
    "change:rate": () => { rate = model.get("rate"); write(); },
    "change:loop": () => { loop = model.get("loop"); write(); },
  };
  for (const [event, listen] of Object.entries(fromPython)) model.on(event, listen);
  const watching = new IntersectionObserver((entries) => {
    seen = entries[entries.length - 1].isIntersecting;
    run();
  });
  watching.observe(clips);
  sheet.addEventListener("load", () => {
    loaded = true;
    lay();
  });
  sheet.src = address;
  write();
  label();
  describe();
  const undress = dressed(root, model.get("palette"), lay);

  return () => {
    for (const [event, listen] of Object.entries(fromPython)) model.off(event, listen);
    tape.stop();
    tell(); // a view that goes away at once must not take the last move with it
    watching.disconnect();
    undress();
    URL.revokeObjectURL(address);
    for (const waiting of [redraw, announce, send]) waiting.cancel();
  };
}

export default explorer("player", build);
