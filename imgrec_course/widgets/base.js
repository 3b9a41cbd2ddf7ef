// What the explorers share. base.py puts this text in front of each explorer.js.

/** Create an element: element("div", { class: "row" }, child, "text", …). */
function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A sentence with its {names} replaced by values. */
function fillIn(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A typed array from a bytes trait. The copy aligns it: a Float64Array must begin at a multiple of 8. */
function typedArray(Kind, view) {
  if (!view || !view.byteLength) return new Kind(0);
  return new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** Whether what lies behind the element is dark; JupyterLab says so on the body, other pages by colour. */
function isDark(node) {
  const said = document.body.dataset.jpThemeLight;
  if (said !== undefined) return said === "false";
  for (let at = node; at; at = at.parentElement) {
    const [red, green, blue, alpha = 1] = (getComputedStyle(at).backgroundColor.match(/[\d.]+/g) || []).map(Number);
    if (blue !== undefined && alpha > 0.5) return 0.3 * red + 0.6 * green + 0.1 * blue < 110;
  }
  return false;
}

/** Colours of the page around the element, and the palette, lightened where the page is dark. */
function theme(node, palette) {
  const dark = isDark(node);
  const lighter = {
    positive: "#56B4E9", negative: "#FF9E4A", precision: "#2FD6A3", recall: "#E8A3CC", f1: "#F0E442", chance: "#A0A0A0",
  };
  return {
    ...(dark ? lighter : palette),
    text: dark ? "#E4E4E4" : "#222222",
    faint: dark ? "#9A9A9A" : "#666666",
    line: dark ? "#4A4A4A" : "#D5D5D5",
    surface: dark ? "#1C1C1C" : "#FFFFFF",
  };
}

/** Call back when the page's theme changes; returns a function that ends it. */
function onThemeChange(callback) {
  const observer = new MutationObserver(callback);
  const attributeFilter = ["data-jp-theme-light", "data-jp-theme-name", "data-theme", "class"];
  for (const node of [document.documentElement, document.body]) observer.observe(node, { attributes: true, attributeFilter });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", callback);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", callback);
  };
}

/** Make a canvas as sharp as the screen; returns its context, measured in CSS pixels. */
function sharpContext(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** A pattern of slanted lines, so that colour is not the only difference. */
function hatching(context, colour) {
  const ratio = window.devicePixelRatio || 1;
  const tile = document.createElement("canvas");
  tile.width = tile.height = Math.round(6 * ratio);
  const pen = tile.getContext("2d");
  pen.scale(tile.width / 6, tile.width / 6);
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6);
    pen.lineTo(shift + 6, 0);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(6 / tile.width));
  return pattern;
}

/** While something inside has the focus, JupyterLab's shortcuts sleep: D D shall not delete the cell under
 * the hand. Lab asks only the focused element itself, so each is marked when it gets the focus. */
function keepKeys(root) {
  root.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
}

/** Run a function at most once a frame, however often it is asked for. */
function oncePerFrame(callback) {
  let waiting = 0;
  const ask = () => {
    if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; callback(); });
  };
  ask.cancel = () => cancelAnimationFrame(waiting);
  return ask;
}

/** Run a function when nobody has asked for it for a while. */
function whenQuiet(callback, milliseconds) {
  let timer = 0;
  const ask = () => {
    clearTimeout(timer);
    timer = setTimeout(callback, milliseconds);
  };
  ask.cancel = () => clearTimeout(timer);
  return ask;
}

/** Tells Python what is new in now() = { trait: value }. */
function teller(model, now) {
  return () => {
    const values = now();
    const news = Object.keys(values).filter((name) => model.get(name) !== values[name]);
    for (const name of news) model.set(name, values[name]);
    if (news.length) model.save_changes();
  };
}

/** Listen to the model: { "change:trait": function, … }. Each trait for itself: while one is told to Python,
 * another may still wait to be. Returns a function that ends it. */
function listenTo(model, listeners) {
  for (const [event, listen] of Object.entries(listeners)) model.on(event, listen);
  return () => {
    for (const [event, listen] of Object.entries(listeners)) model.off(event, listen);
  };
}

/** Keys that move something: { ArrowLeft: function, … }. Those that are another's are left alone: (event) => whether. */
function answerKeys(node, moves, another = () => false) {
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !moves[event.key] || another(event)) return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key]();
  });
}

/** follow(event) where the canvas is pressed, and wherever it is dragged from there; the keys then go to focused. */
function followPointer(canvas, focused, follow) {
  let dragging = false;
  canvas.addEventListener("pointerdown", (event) => {
    dragging = true;
    canvas.setPointerCapture(event.pointerId);
    focused.focus({ preventScroll: true });
    event.preventDefault();
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (dragging) follow(event); });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { dragging = false; });
}

/** Dress the explorer as the page is dressed: wear(colours) now and whenever theme or width change.
 * Returns a function that ends it. */
function dressed(root, palette, wear) {
  const dress = () => {
    const colours = theme(root.parentElement || root, palette);
    for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--imgrec-${name}`, colour);
    wear(colours);
  };
  const resizing = new ResizeObserver(dress);
  resizing.observe(root);
  const stopTheme = onThemeChange(dress);
  dress();
  return () => {
    resizing.disconnect();
    stopTheme();
  };
}

/** What an explorer.js exports. build(model, root) fills the box and returns a function that takes all down;
 * it is called again when the language changes. */
function explorer(name, build) {
  return {
    render({ model, el }) {
      const root = element("div", { class: `imgrec imgrec-${name}` });
      keepKeys(root);
      el.append(root);
      let destroy = build(model, root);
      const rebuild = () => {
        destroy();
        destroy = build(model, root);
      };
      model.on("change:language", rebuild);
      return () => {
        model.off("change:language", rebuild);
        destroy();
      };
    },
  };
}
