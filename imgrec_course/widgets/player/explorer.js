// The clip player. All frames came once, in one picture: one column a clip, one row a frame.

const BLOCK = 8; // a frame's place on the sheet is a multiple of it
const GAP = 12; // CSS pixels between two clips
const SMALLEST = 92; // CSS pixels of a clip's width, where there is room
const LARGEST = 220;
const REST = 700; // milliseconds: the last frame rests before the first comes again

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

function build(model, root) {
  const words = model.get("words")[model.get("language")];
  const [count, time, height, width] = ["count", "time", "height", "width"].map((name) => model.get(name));
  const stride = { x: Math.ceil(width / BLOCK) * BLOCK, y: Math.ceil(height / BLOCK) * BLOCK };
  const last = time - 1;
  let position = Math.min(last, model.get("position"));
  let loop = model.get("loop");
  let loaded = false;
  root.classList.add("imgrec-tape");

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
  const slider = element("input", { type: "range", min: "0", max: String(last), step: "1", "aria-label": words.frame });
  const reading = element("span", { class: "imgrec-reading" });
  const again = element("input", { type: "checkbox" });
  const announcement = element("div", { class: "imgrec-hidden", "aria-live": "polite" });

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
  const tell = teller(model, () => ({ position, rate: tape.rate(), loop }));
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
    redraw();
    announce();
    send();
  };
  const tape = tapeButtons({
    words,
    rate: model.get("rate"),
    playing: last > 0 && !matchMedia("(prefers-reduced-motion: reduce)").matches,
    watched: clips,
    walk(frames, playing) {
      const ended = playing && position === last;
      if (!ended) go(position + frames);
      else if (loop) go(0);
      return loop || !ended;
    },
    rewind: () => { if (position === last) go(0); },
    moved,
    turned() {
      describe();
      redraw();
    },
    linger: () => (loop && position === last ? REST : 0),
  });
  root.replaceChildren(clips,
    element("div", { class: "imgrec-controls" }, tape.buttons, element("div", { class: "imgrec-scrub" }, slider, reading), tape.speed,
      element("label", {}, again, words.loop)),
    element("div", { class: "imgrec-hint" }, words.hint), announcement);
  if (last === 0) tape.disable();
  slider.disabled = last === 0;

  slider.addEventListener("input", () => tape.hand(Number(slider.value) - position));
  again.addEventListener("change", () => {
    loop = again.checked;
    moved();
  });
  clips.addEventListener("click", () => {
    slider.focus({ preventScroll: true }); // from here the keys go on
    tape.toggle();
  });
  if (last > 0) answerKeys(root, { ...tape.keys(last), " ": tape.toggle }, tape.another);

  const stopListening = listenTo(model, {
    "change:position": () => {
      if (model.get("position") === position) return;
      tape.rest();
      go(model.get("position"));
      describe();
    },
    "change:rate": () => tape.setRate(model.get("rate")),
    "change:loop": () => { loop = again.checked = model.get("loop"); },
  });
  sheet.addEventListener("load", () => {
    loaded = true;
    lay();
  });
  sheet.src = address;
  again.checked = loop;
  describe();
  const undress = dressed(root, model.get("palette"), lay);

  return () => {
    stopListening();
    tape.destroy();
    tell(); // a view that goes away at once must not take the last move with it
    undress();
    URL.revokeObjectURL(address);
    for (const waiting of [redraw, announce, send]) waiting.cancel();
  };
}

export default explorer("player", build);
