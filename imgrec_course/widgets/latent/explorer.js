// The latent explorer. All images came once, in two pictures; here one walks about among them.

const BLOCK = 8; // as in explorer.py
const AXIS_HEIGHT = 74;

/** A picture from a bytes trait; a promise. Whoever is done with it calls its close(). */
function pictureOf(bytes, kind) {
  return createImageBitmap(new Blob([bytes], { type: kind }));
}

/** A distance with three digits that count. */
const distanceText = (distance) => (distance === 0 ? "0" : Number(distance.toPrecision(3)).toString());

/** Round steps for an axis from 0: about so many. */
function ticksOf(most, about) {
  const raw = most / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw * 0.999);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

/** One image of a picture, as large as the canvas. */
function drawImage(canvas, picture, place, { columns, height, width, stride }) {
  const room = canvas.parentElement.clientWidth;
  if (!room) return;
  const ratio = window.devicePixelRatio || 1;
  // A whole number of the screen's own pixels for each of the image's.
  const scale = Math.max(1, Math.floor((Math.min(room, 210) * ratio) / Math.max(height, width)));
  if (canvas.width !== width * scale || canvas.height !== height * scale) [canvas.width, canvas.height] = [width * scale, height * scale];
  canvas.style.width = `${canvas.width / ratio}px`;
  canvas.style.height = `${canvas.height / ratio}px`;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, (place % columns) * stride.x, Math.floor(place / columns) * stride.y, width, height, 0, 0, canvas.width, canvas.height);
}

/** The distances of the sheet on an axis: a thin line each, the present one and the reference marked. */
function drawDistances(canvas, { distances, here, reference, most }, words, colours) {
  const width = canvas.clientWidth;
  if (!width) return;
  const context = sharpContext(canvas, width, AXIS_HEIGHT);
  context.clearRect(0, 0, width, AXIS_HEIGHT);
  const [left, right, top, bottom] = [10, width - 10, 24, AXIS_HEIGHT - 22];
  const toX = (distance) => left + (distance / most) * (right - left);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "top";
  context.textAlign = "center";
  context.fillStyle = colours.faint;
  context.fillRect(left, bottom, right - left, 1.5);
  for (const tick of ticksOf(most, 5)) {
    context.fillRect(toX(tick), bottom, 1, 4);
    context.fillText(String(tick), toX(tick), bottom + 7);
  }
  context.globalAlpha = 0.55;
  for (const distance of distances) context.fillRect(toX(distance) - 0.5, bottom - 13, 1, 12);
  context.globalAlpha = 1;
  context.textBaseline = "middle";
  if (reference !== null) {
    const x = toX(reference);
    context.strokeStyle = colours.negative;
    context.lineWidth = 2;
    context.setLineDash([5, 4]);
    context.beginPath();
    context.moveTo(x, top - 6);
    context.lineTo(x, bottom);
    context.stroke();
    context.setLineDash([]);
    const text = fillIn(words.reference, { distance: distanceText(reference) });
    const half = Math.min(context.measureText(text).width, width) / 2;
    context.fillStyle = colours.negative;
    context.fillText(text, Math.max(half, Math.min(width - half, x)), 8, width);
  }
  const x = toX(here);
  context.fillStyle = colours.positive;
  context.fillRect(x - 1.5, top, 3, bottom - top);
  context.beginPath();
  context.moveTo(x, bottom - 4);
  context.lineTo(x - 7, top - 1);
  context.lineTo(x + 7, top - 1);
  context.fill();
}

function build(model, root) {
  const words = model.get("words")[model.get("language")];
  const [count, rows, columns, height, width, reference, path] = [
    "count", "rows", "columns", "height", "width", "reference", "walk",
  ].map((name) => model.get(name));
  const cells = rows * columns;
  const shape = { columns, height, width, stride: { x: Math.ceil(width / BLOCK) * BLOCK, y: Math.ceil(height / BLOCK) * BLOCK } };
  const which = typedArray(Uint16Array, model.get("which"));
  const far = typedArray(Float32Array, model.get("far"));
  const most = 1.05 * Math.max(1e-9, reference ?? 0, ...far);
  let [row, column, chosen] = ["row", "column", "chosen"].map((name) => model.get(name));
  let step = 0; // on the path
  let colours = null;
  let pictures = null;
  let gone = false;
  root.classList.add("imgrec-tape");

  // What stands on the page
  const plane = element("canvas", { role: "application", tabindex: "0", class: "imgrec-plane" });
  const [large, real] = ["generated", "nearest"].map((name) => element("canvas", { role: "img", class: `imgrec-${name}` }));
  const axis = element("canvas", { role: "img", class: "imgrec-distances" });
  const caption = element("figcaption", {}, words.plane);
  const sheets = element("select", {}, ...Array.from({ length: count }, (_, at) => element("option", { value: String(at) }, words[`title_${at}`])));
  const reading = element("div", { class: "imgrec-reading" });
  const result = element("p", { class: "imgrec-result" });
  const note = element("div", { class: "imgrec-note" });
  const announcement = element("div", { class: "imgrec-hidden", "aria-live": "polite" });
  const panels = element("div", { class: "imgrec-panels" },
    element("figure", { class: "imgrec-map" }, caption, plane),
    element("div", { class: "imgrec-beside" },
      element("div", { class: "imgrec-pair" },
        element("figure", {}, element("figcaption", {}, words.generated), large),
        element("figure", {}, element("figcaption", {}, words.nearest), real)),
      ...(far.length ? [result, axis, element("div", { class: "imgrec-keys" }, words.all), note] : [])));

  // Saying it
  const index = () => chosen * cells + row * columns + column;
  const placed = () => fillIn(words.place, { row: row + 1, rows, column: column + 1, columns });
  const named = () => (model.get("titled") ? `${words[`title_${chosen}`]}, ${placed()}` : placed());
  const farText = () => (far.length ? fillIn(words.far, { measure: words.measure, distance: distanceText(far[index()]) }) : "");
  const timesText = () => (reference === null || !far.length ? "" : fillIn(words.times, { times: (far[index()] / reference).toFixed(2) }));
  const describe = () => {
    const moving = tape.running(); // while it walks, any number would soon be wrong
    const at = moving ? "" : `, ${named()}`;
    plane.setAttribute("aria-label", `${words.plane}${at}`);
    large.setAttribute("aria-label", `${words.generated}${at}`);
    real.setAttribute("aria-label", moving || !far.length ? words.nearest : `${words.nearest}. ${farText()}`);
    const compared = reference === null ? "" : `. ${fillIn(words.reference, { distance: distanceText(reference) })}`;
    axis.setAttribute("aria-label", moving || !far.length ? words.measure : `${farText()}${compared}`);
    return [named(), farText(), timesText()].filter(Boolean).join(". ");
  };
  const announce = whenQuiet(() => {
    const said = describe();
    if (!tape.running()) announcement.textContent = said;
  }, 400);
  const tell = teller(model, () => ({ row, column, chosen, rate: tape.rate() }));
  const send = whenQuiet(tell, 150);
  const moved = () => {
    redraw();
    announce();
    send();
  };

  // Drawing
  const gap = 2;
  /** CSS pixels of an image in the plane, and of its place there. */
  const measures = () => {
    const room = plane.parentElement.clientWidth;
    const scale = Math.min((room - gap) / (columns * width) - gap / width, 3 * Math.max(1, 28 / Math.max(height, width)));
    return { wide: width * scale, tall: height * scale };
  };
  const drawPlane = () => {
    if (!plane.parentElement.clientWidth) return;
    const { wide, tall } = measures();
    const size = [columns * (wide + gap) + gap, rows * (tall + gap) + gap];
    plane.style.width = `${size[0]}px`;
    const context = sharpContext(plane, ...size);
    context.clearRect(0, 0, ...size);
    context.imageSmoothingQuality = "high";
    for (let at = 0; at < cells; at += 1) {
      const place = chosen * cells + at;
      const [x, y] = [gap + (at % columns) * (wide + gap), gap + Math.floor(at / columns) * (tall + gap)];
      context.drawImage(pictures[0], (place % columns) * shape.stride.x, Math.floor(place / columns) * shape.stride.y, width, height, x, y, wide, tall);
    }
    const [x, y] = [gap + column * (wide + gap), gap + row * (tall + gap)];
    context.strokeStyle = colours.surface;
    context.lineWidth = 5;
    context.strokeRect(x - 0.5, y - 0.5, wide + 1, tall + 1);
    context.strokeStyle = colours.positive;
    context.lineWidth = 3;
    context.strokeRect(x - 0.5, y - 0.5, wide + 1, tall + 1);
  };
  const draw = () => {
    if (!colours || !pictures) return;
    drawPlane();
    drawImage(large, pictures[0], index(), shape);
    drawImage(real, pictures[1], which[index()], shape);
    if (far.length) {
      drawDistances(axis, { distances: far.subarray(chosen * cells, (chosen + 1) * cells), here: far[index()], reference, most }, words, colours);
    }
    sheets.value = String(chosen);
    caption.textContent = model.get("titled") && count === 1 ? words.title_0 : words.plane;
    reading.textContent = placed();
    result.textContent = farText();
    note.textContent = timesText();
    Object.assign(root.dataset, { row, column, chosen, playing: tape.running(), redraws: Number(root.dataset.redraws || 0) + 1 });
  };
  const redraw = oncePerFrame(draw);

  // Changing
  const clamp = (value, length) => Math.max(0, Math.min(length - 1, value));
  const go = (toRow, toColumn) => {
    [row, column] = [clamp(toRow, rows), clamp(toColumn, columns)];
    redraw();
  };
  /** Along the path; who has left it goes first to the nearest place on it. */
  const walk = (steps) => {
    const away = path.map(([r, c]) => Math.abs(r - row) + Math.abs(c - column));
    const nearest = away[step] === 0 ? step : away.indexOf(Math.min(...away));
    step = away[nearest] === 0 ? (nearest + steps + path.length) % path.length : nearest;
    go(...path[step]);
    return true;
  };
  const tape = tapeButtons({
    words,
    rate: model.get("rate"),
    watched: panels,
    walk,
    frame: () => { if (!tape.running()) redraw(); },
    moved,
  });
  root.replaceChildren(panels,
    element("div", { class: "imgrec-controls" }, tape.buttons, reading, tape.speed,
      ...(count > 1 ? [element("label", {}, element("span", {}, words.sheet), sheets)] : [])),
    element("div", { class: "imgrec-hint" }, words.hint_plane), announcement);

  /** A move by hand: the walk rests. */
  const move = (toRow, toColumn) => {
    tape.rest();
    go(toRow, toColumn);
    moved();
  };
  sheets.addEventListener("change", () => {
    chosen = Number(sheets.value);
    moved();
  });
  followPointer(plane, plane, (event) => {
    const box = plane.getBoundingClientRect();
    const { wide, tall } = measures();
    move(Math.floor((event.clientY - box.top) / (tall + gap)), Math.floor((event.clientX - box.left) / (wide + gap)));
  });
  answerKeys(root, {
    ArrowLeft: () => move(row, column - 1), ArrowRight: () => move(row, column + 1), ArrowUp: () => move(row - 1, column),
    ArrowDown: () => move(row + 1, column), Home: () => move(row, 0), End: () => move(row, columns - 1),
    PageUp: () => move(0, column), PageDown: () => move(rows - 1, column), " ": tape.toggle,
  }, tape.another);

  const shown = (change) => {
    tape.rest();
    change();
    redraw();
    describe();
  };
  const stopListening = listenTo(model, {
    "change:row": () => { if (model.get("row") !== row) shown(() => { row = model.get("row"); }); },
    "change:column": () => { if (model.get("column") !== column) shown(() => { column = model.get("column"); }); },
    "change:chosen": () => { if (model.get("chosen") !== chosen) shown(() => { chosen = model.get("chosen"); }); },
    "change:rate": () => tape.setRate(model.get("rate")),
  });
  const undress = dressed(root, model.get("palette"), (now) => {
    colours = now;
    redraw();
  });
  describe();
  Promise.all([pictureOf(model.get("sheet"), model.get("sheet_kind")), pictureOf(model.get("others"), model.get("others_kind"))]).then((found) => {
    if (gone) return;
    pictures = found;
    redraw();
  });

  return () => {
    stopListening();
    tape.destroy();
    tell(); // a view that goes away at once must not take the last move with it
    gone = true;
    undress();
    for (const waiting of [redraw, announce, send]) waiting.cancel();
    for (const picture of pictures ?? []) picture.close();
  };
}

export default explorer("latent", build);
