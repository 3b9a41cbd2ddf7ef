// The memory meter. Films and weights came once; the network runs here, over both films, in double precision.

const SIDES = { left: 66, right: 30 };
const TILE = 40; // CSS pixels of a frame in the film strip
const CURVE_HEIGHT = 250;
const BARS_HEIGHT = 112;
const GONE = 1e-8; // what is less is drawn as nothing
const GROWN = 1.05; // what is more is said to have grown
const STEP = { scale: 0.05, gate_bias: 0.25, input_scale: 0.1, length: 1 };

// What is computed

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** What came from Python: the films, and the share of each frame in every block, for inputs of scale 1. */
function unpack(model) {
  const [time, height, width, units] = ["time", "height", "width", "units"].map((name) => model.get(name));
  const pixels = typedArray(Uint8Array, model.get("frames"));
  const bits = typedArray(Uint8Array, model.get("signs"));
  const recurrent = Float64Array.from(typedArray(Float32Array, model.get("recurrent")));
  const [inputs, columns] = [height * width, 4 * units];
  // shares[t][j]: frame t times column j of the input weights; frame number `time` is the first one of film B
  const sums = Array.from({ length: time + 1 }, () => new Float64Array(columns));
  for (let pixel = 0; pixel < inputs; pixel += 1) {
    for (let column = 0; column < columns; column += 1) {
      const bit = pixel * columns + column;
      const sign = (bits[bit >> 3] >> (7 - (bit & 7))) & 1 ? 1 : -1;
      for (let t = 0; t <= time; t += 1) sums[t][column] += sign * pixels[t * inputs + pixel];
    }
  }
  const size = model.get("input_weight") / 255;
  const shares = sums.map((row) => row.map((sum) => sum * size));
  return { time, height, width, units, pixels, recurrent, shares, blocks: model.get("blocks") };
}

/** One step: the new state from the old one and what the input adds to each gate. Keras's equations. */
const STEPS = {
  tanh: (units, added, recalled) => added[0].map((x, unit) => Math.tanh(x + recalled[0][unit])),
  gru: (units, [z, r, candidate], recalled, state) => z.map((_, unit) => {
    const update = sigmoid(z[unit] + recalled[0][unit]);
    const reset = sigmoid(r[unit] + recalled[1][unit]);
    const proposed = Math.tanh(candidate[unit] + reset * recalled[2][unit]);
    return update * state[unit] + (1 - update) * proposed;
  }),
  lstm: (units, [i, f, candidate, o], recalled, state) => {
    const next = new Float64Array(2 * units);
    for (let unit = 0; unit < units; unit += 1) {
      const cell = sigmoid(f[unit] + recalled[1][unit]) * state[units + unit]
        + sigmoid(i[unit] + recalled[0][unit]) * Math.tanh(candidate[unit] + recalled[2][unit]);
      next[unit] = sigmoid(o[unit] + recalled[3][unit]) * Math.tanh(cell);
      next[units + unit] = cell;
    }
    return next;
  },
};

/** The states after each frame of a film, whose first frame has these shares; the others are the same in all. */
function run(world, first, { cell, scale, gate_bias: bias, input_scale: inputScale }) {
  const { time, units, recurrent, shares } = world;
  const blocks = world.blocks[cell];
  let state = new Float64Array(cell === "lstm" ? 2 * units : units);
  const states = [];
  for (let t = 0; t < time; t += 1) {
    const share = t ? shares[t] : first;
    const added = blocks.map((block) => {
      const opening = cell !== "tanh" && block === 1 ? bias : 0; // block 1 keeps
      return Float64Array.from({ length: units }, (_, unit) => inputScale * share[block * units + unit] + opening);
    });
    const recalled = blocks.map((block) => {
      const sums = new Float64Array(units);
      for (let from = 0; from < units; from += 1) {
        const row = from * 4 * units + block * units;
        for (let unit = 0; unit < units; unit += 1) sums[unit] += state[from] * recurrent[row + unit];
      }
      return sums.map((sum) => scale * sum);
    });
    state = STEPS[cell](units, added, recalled, state);
    states.push(state);
  }
  return states;
}

/** The distance of two runs after each frame, in parts of that after the first. */
function remainingOf(a, b) {
  const distance = a.map((state, t) => Math.sqrt(state.reduce((sum, value, unit) => sum + (value - b[t][unit]) ** 2, 0)));
  return distance.map((one) => one / distance[0]);
}

/** Both films, and what becomes of a difference that is a million times smaller. Where that one grows far more
 * than the large one, noise would drown what is left: it is no memory. (Where both grow alike, as in an LSTM
 * whose gate is open, nothing drowns.) */
function measure(world, settings) {
  const [first, other] = [world.shares[0], world.shares[world.time]];
  const [a, b] = [run(world, first, settings), run(world, other, settings)];
  const near = first.map((share, column) => share + 1e-6 * (other[column] - share));
  return { a, b, remaining: remainingOf(a, b), small: remainingOf(a, run(world, near, settings)) };
}

// Numbers as text

const minus = (text) => text.replace("-", "−");

/** A part as percent, with two digits that count; a very small one as a power of ten. */
function partText(part, words) {
  if (part < 1e-5) {
    const [digits, exponent] = part.toExponential(1).split("e");
    return `${digits} × 10${powerText(Number(exponent))}`;
  }
  const percent = Number((100 * part).toPrecision(part < 0.9995 ? 2 : 3));
  return fillIn(words.percent, { number: percent.toFixed(Math.max(0, 1 - Math.floor(Math.log10(percent)))) });
}

/** −8 as ⁻⁸. */
function powerText(power) {
  return String(power).replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);
}

const timesText = (factor) => (factor < 99.5 ? factor.toPrecision(2) : factor.toFixed(0));

/** What is left after so many frames, in a sentence. */
function resultText(part, count, words) {
  if (part < GONE) return fillIn(words.nothing_left, { count });
  if (part > GROWN) return fillIn(words.grown, { count, part: timesText(part) });
  return fillIn(words.part_left, { count, part: partText(part, words) });
}

// Pictures

/** Small pictures of the frames, to be enlarged: film A, then the first frame of film B. */
function stills({ time, height, width, pixels }) {
  return Array.from({ length: time + 1 }, (_, t) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    const picture = context.createImageData(width, height);
    for (let at = 0; at < height * width; at += 1) {
      const grey = pixels[t * height * width + at];
      picture.data.set([grey, grey, grey, 255], 4 * at);
    }
    context.putImageData(picture, 0, 0);
    return canvas;
  });
}

/** Where frame number t, counted from 0, stands in the film strip and in the curve. */
const placeOf = (t, time, width) => SIDES.left + (t / (time - 1)) * (width - SIDES.left - SIDES.right);

function drawFilms(canvas, world, pictures, length, words, colours) {
  const room = canvas.clientWidth;
  if (!room) return;
  const tile = { width: TILE, height: Math.round((TILE * world.height) / world.width) };
  if (tile.height > TILE) [tile.width, tile.height] = [Math.round((TILE * world.width) / world.height), TILE];
  const [gap, top] = [6, 4];
  const context = sharpContext(canvas, room, 2 * tile.height + gap + 2 * top);
  context.clearRect(0, 0, room, 2 * tile.height + gap + 2 * top);
  context.imageSmoothingEnabled = false;
  const spacing = placeOf(1, world.time, room) - SIDES.left;
  const every = Math.max(1, Math.ceil((tile.width + 4) / spacing));
  ["a", "b"].forEach((film, row) => {
    const y = top + row * (tile.height + gap);
    context.font = "600 12px system-ui, sans-serif";
    context.fillStyle = colours[row ? "negative" : "positive"];
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(words[film], 0, y + tile.height / 2, SIDES.left - tile.width / 2 - 6);
    for (let t = 0; t < world.time; t += every) {
      const x = Math.round(placeOf(t, world.time, room) - tile.width / 2);
      context.globalAlpha = t < length ? 1 : 0.22;
      context.drawImage(pictures[t === 0 && row ? world.time : t], x, y, tile.width, tile.height);
      context.lineWidth = t ? 1 : 3;
      context.strokeStyle = t ? colours.faint : colours[row ? "negative" : "positive"];
      if (row && !t) context.setLineDash([6, 3]);
      context.strokeRect(x - 0.5, y - 0.5, tile.width + 1, tile.height + 1);
      context.setLineDash([]);
    }
    context.globalAlpha = 1;
  });
}

/** The curves over the frames, on a logarithmic scale down to 10⁻⁸; below lies what is gone. */
function drawCurve(canvas, state, words, colours) {
  const { remaining, length, guide, kept, time } = state;
  const width = canvas.clientWidth;
  if (!width) return;
  const context = sharpContext(canvas, width, CURVE_HEIGHT);
  context.clearRect(0, 0, width, CURVE_HEIGHT);
  const [top, floor, bottom] = [8, CURVE_HEIGHT - 54, CURVE_HEIGHT - 34];
  const most = Math.max(1, Math.ceil(Math.log10(Math.max(...remaining, ...(kept?.remaining ?? [])))));
  const toX = (t) => placeOf(t, time, width);
  const toY = (part) => (part < GONE ? (floor + bottom) / 2 : top + ((most - Math.log10(part)) / (most + 8)) * (floor - top));
  const right = width - SIDES.right;

  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (let power = most; power >= -8; power -= 1) {
    const y = Math.round(toY(10 ** power)) + 0.5;
    context.fillStyle = colours.line;
    context.fillRect(SIDES.left, y, right - SIDES.left, power ? 0.5 : 1.5);
    if (power % 2) continue;
    context.fillStyle = colours.faint;
    context.textAlign = "right";
    context.fillText(power ? `10${powerText(power)}` : "1", SIDES.left - 8, y);
  }
  context.fillStyle = hatching(context, colours.line);
  context.fillRect(SIDES.left, floor, right - SIDES.left, bottom - floor);
  context.textAlign = "left";
  context.fillStyle = colours.surface;
  const gone = Math.min(context.measureText(words.gone).width, right - SIDES.left - 12);
  context.fillRect(SIDES.left + 4, floor + 2, gone + 8, bottom - floor - 4);
  context.fillStyle = colours.faint;
  context.fillText(words.gone, SIDES.left + 8, (floor + bottom) / 2, gone);

  context.textBaseline = "top";
  context.textAlign = "center";
  const every = [1, 2, 5, 10].find((step) => toX(step) - toX(0) >= 30) ?? 20;
  for (let number = every; number <= time; number += every) {
    context.fillStyle = colours.faint;
    context.fillRect(Math.round(toX(number - 1)), bottom, 1, 4);
    context.fillText(String(number), toX(number - 1), bottom + 6);
  }
  context.fillStyle = colours.text;
  context.fillText(words.frame, (SIDES.left + right) / 2, CURVE_HEIGHT - 13);
  context.save();
  context.translate(3, (top + floor) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(words.axis, 0, 0, floor - top);
  context.restore();

  const line = (parts, first = 0, last = parts.length - 1) => {
    context.beginPath();
    for (let t = first; t <= last; t += 1) context.lineTo(toX(t), toY(parts[t]));
    context.stroke();
  };
  context.save();
  context.beginPath();
  context.rect(SIDES.left - 8, 0, right - SIDES.left + 16, bottom + 2);
  context.clip();
  context.strokeStyle = colours.chance;
  context.lineWidth = 1.5;
  context.setLineDash([6, 5]);
  line(guide.map((part) => Math.min(part, 10 ** (most + 1))));
  if (kept) {
    context.strokeStyle = colours.precision;
    context.lineWidth = 2.5;
    context.setLineDash([2, 4]);
    line(kept.remaining);
  }
  context.setLineDash([]);
  context.strokeStyle = colours.positive;
  context.lineWidth = 2.5;
  line(remaining, 0, length - 1);
  context.globalAlpha = 0.3;
  context.lineWidth = 1.5;
  line(remaining, length - 1);
  context.globalAlpha = 1;
  context.restore();

  const x = toX(length - 1);
  context.fillStyle = colours.text;
  context.fillRect(x - 0.75, top, 1.5, bottom - top);
  context.beginPath();
  context.arc(x, toY(remaining[length - 1]), 6, 0, 2 * Math.PI);
  context.fillStyle = colours.positive;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = colours.surface;
  context.stroke();
}

/** The two states, unit by unit: bars for film A, marks for film B. */
function drawStates(canvas, state, words, colours) {
  const width = canvas.clientWidth;
  if (!width) return;
  const context = sharpContext(canvas, width, BARS_HEIGHT);
  context.clearRect(0, 0, width, BARS_HEIGHT);
  context.font = "12px system-ui, sans-serif";
  const { units, last } = state;
  const parts = last.a.length / units;
  const [left, between] = [34, 46];
  const room = (width - left - (parts - 1) * between) / parts;
  for (let part = 0; part < parts; part += 1) {
    const start = left + part * (room + between);
    const [top, bottom] = [22, BARS_HEIGHT - 6];
    const [a, b] = [last.a, last.b].map((values) => values.slice(part * units, (part + 1) * units));
    const most = Math.max(1, ...a.map(Math.abs), ...b.map(Math.abs));
    const middle = (top + bottom) / 2;
    const toY = (value) => middle - (value / most) * ((bottom - top) / 2 - 2);
    context.fillStyle = colours.text;
    context.textAlign = "left";
    context.textBaseline = "top";
    context.fillText(part ? words.cell_state : words.hidden, start, 2, room);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of [most, 0, -most]) {
      context.fillStyle = colours.faint;
      context.fillText(minus(Number(tick.toPrecision(2)).toString()), start - 5, toY(tick));
      context.fillStyle = colours.line;
      context.fillRect(start, Math.round(toY(tick)), room, 1);
    }
    const slot = room / units;
    const thick = Math.max(1, slot * 0.56);
    for (let unit = 0; unit < units; unit += 1) {
      const x = start + (unit + 0.5) * slot;
      context.fillStyle = colours.positive;
      context.fillRect(x - thick / 2, Math.min(middle, toY(a[unit])), thick, Math.abs(toY(a[unit]) - middle));
      const y = toY(b[unit]);
      const arm = Math.max(2, Math.min(slot * 0.46, 10));
      context.fillStyle = colours.negative;
      context.fillRect(x - arm, y - 1.25, 2 * arm, 2.5);
    }
  }
}

const SETTINGS = ["cell", "scale", "gate_bias", "input_scale", "length"];

function build(model, root) {
  const words = model.get("words")[model.get("language")];
  const world = unpack(model);
  const pictures = stills(world);
  const settings = Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
  let found = measure(world, settings);
  let kept = null;
  let colours = null;

  // What stands on the page
  const serial = Math.random().toString(36).slice(2); // radio buttons of two views must not be one group
  const radios = ["tanh", "gru", "lstm"].map((cell) => {
    const input = element("input", { type: "radio", name: `cell-${serial}`, value: cell });
    input.addEventListener("change", () => change({ cell }));
    return { input, node: element("label", {}, input, words[cell]) };
  });
  const cells = element("fieldset", {}, element("legend", {}, words.cell), element("div", { class: "imgrec-cells" }, ...radios.map(({ node }) => node)));
  const ranges = { ...model.get("ranges"), length: [2, world.time] };
  const sliders = Object.fromEntries(SETTINGS.slice(1).map((name) => {
    const [min, max] = ranges[name];
    const input = element("input", { type: "range", min, max, step: STEP[name], "data-setting": name });
    const text = element("span", { class: "imgrec-name" }, words[name] ?? "");
    const reading = element("span", { class: "imgrec-reading" });
    input.addEventListener("input", () => change({ [name]: Number(input.value) }));
    const node = element("label", { class: "imgrec-setting" }, text, element("span", { class: "imgrec-row" }, input, reading));
    return [name, { node, input, text, reading }];
  }));
  const button = (text, press) => {
    const node = element("button", { type: "button" }, text);
    node.addEventListener("click", press);
    return node;
  };
  const keep = button(words.keep, () => {
    kept = { remaining: found.remaining.slice(0, settings.length), text: settingsText() };
    refresh();
  });
  const drop = button(words.drop, () => {
    kept = null;
    keep.focus(); // the button under the hand goes away
    refresh();
  });
  const reset = button(words.reset, () => change(model.get("start")));
  const films = element("canvas", { role: "img", class: "imgrec-films" });
  const curve = element("canvas", { role: "img", class: "imgrec-curve" });
  const bars = element("canvas", { role: "img", class: "imgrec-bars" });
  const statesCaption = element("span", {});
  const key = (name) => {
    const text = element("span", {});
    return { text, node: element("span", { class: `imgrec-${name}` }, element("i", {}), text) };
  };
  const keys = { now: key("now"), guide: key("guide"), kept: key("kept") };
  const result = element("p", { class: "imgrec-result" });
  const note = element("div", { class: "imgrec-note" });
  const announcement = element("div", { class: "imgrec-hidden", "aria-live": "polite" });
  root.replaceChildren(
    element("div", { class: "imgrec-settings" }, cells, ...Object.values(sliders).map(({ node }) => node),
      element("div", { class: "imgrec-buttons" }, keep, drop, reset)),
    element("figure", {}, element("figcaption", {}, words.films), films),
    element("figure", {}, element("figcaption", {}, words.left, element("small", {}, words.drag)), curve,
      element("div", { class: "imgrec-keys" }, ...Object.values(keys).map(({ node }) => node))),
    result, note,
    element("figure", {}, element("figcaption", {}, statesCaption, element("small", {}, words.states_legend)), bars),
    announcement);

  // Saying it
  const settingsText = () => fillIn(settings.cell === "tanh" ? words.settings_tanh : words.settings_gate, {
    cell: words[settings.cell], scale: settings.scale.toFixed(2), bias: minus(String(settings.gate_bias)), input: settings.input_scale.toFixed(1),
  });
  const part = () => found.remaining[settings.length - 1];
  const said = () => resultText(part(), settings.length, words);
  const describe = () => {
    films.setAttribute("aria-label", fillIn(words.films_said, { time: world.time, count: settings.length }));
    curve.setAttribute("aria-label", `${words.left}. ${settingsText()}. ${said()}`);
    const numbers = (state) => Array.from(state, (value) => minus(value.toFixed(2))).join(", ");
    const at = settings.length - 1;
    bars.setAttribute("aria-label", `${fillIn(words.states, { count: settings.length })}. ${words.a}: ${numbers(found.a[at])}. ${words.b}: ${numbers(found.b[at])}`);
    return said();
  };
  const announce = whenQuiet(() => { announcement.textContent = describe(); }, 400);
  const tell = teller(model, () => settings);
  const send = whenQuiet(tell, 150);

  // Drawing
  const openText = (share) => fillIn(words.percent, { number: (100 * share).toFixed(share > 0.98 ? 2 : 0) });
  const write = () => {
    const gated = settings.cell !== "tanh";
    for (const { input } of radios) input.checked = input.value === settings.cell;
    for (const [name, { input, reading }] of Object.entries(sliders)) {
      input.value = String(settings[name]);
      const digits = { scale: 2, input_scale: 1, length: 0 }[name];
      const text = digits === undefined ? minus(String(settings[name])) : settings[name].toFixed(digits);
      reading.textContent = name === "gate_bias" && gated
        ? fillIn(words.opens, { bias: text, share: openText(sigmoid(settings.gate_bias)) }) : text;
      input.setAttribute("aria-valuetext", reading.textContent);
    }
    sliders.gate_bias.input.disabled = !gated;
    if (!gated) sliders.gate_bias.reading.textContent = "–";
    sliders.gate_bias.text.textContent = { tanh: words.no_gate, gru: words.gru_bias, lstm: words.lstm_bias }[settings.cell];
    drop.hidden = keys.kept.node.hidden = !kept;
    if (kept) keys.kept.text.textContent = fillIn(words.kept, { settings: kept.text });
    keys.now.text.textContent = fillIn(words.now, { cell: words[settings.cell] });
    keys.guide.text.textContent = gated ? words.guide : words.bound;
    result.textContent = said();
    const small = found.small[settings.length - 1];
    const noise = small > GROWN && small > 2 * part() ? fillIn(words.not_memory, { part: timesText(small) }) : "";
    note.textContent = `${settings.cell === "lstm" ? words.both : ""} ${noise}`.trim();
    statesCaption.textContent = fillIn(words.states, { count: settings.length });
  };
  const draw = () => {
    if (!colours) return;
    const base = settings.cell === "tanh" ? settings.scale : sigmoid(settings.gate_bias);
    const guide = Array.from({ length: world.time }, (_, t) => base ** t);
    const at = settings.length - 1;
    write();
    drawFilms(films, world, pictures, settings.length, words, colours);
    drawCurve(curve, { ...found, guide, kept, time: world.time, length: settings.length }, words, colours);
    drawStates(bars, { units: world.units, last: { a: found.a[at], b: found.b[at] } }, words, colours);
    root.dataset.curve = found.remaining.join(" ");
    root.dataset.remaining = String(part());
    root.dataset.cell = settings.cell;
    root.dataset.length = String(settings.length);
    root.dataset.redraws = String(Number(root.dataset.redraws || 0) + 1);
  };
  let stale = false;
  const redraw = oncePerFrame(() => {
    if (stale) found = measure(world, settings);
    stale = false;
    draw();
  });
  const refresh = () => {
    redraw();
    announce();
    send();
  };

  // Changing
  function change(some) {
    Object.assign(settings, some);
    stale ||= Object.keys(some).some((name) => name !== "length");
    refresh();
  }
  followPointer(curve, sliders.length.input, (event) => {
    const box = curve.getBoundingClientRect();
    const share = (event.clientX - box.left - SIDES.left) / (box.width - SIDES.left - SIDES.right);
    change({ length: Math.max(2, Math.min(world.time, Math.round(share * (world.time - 1)) + 1)) });
  });

  const stopListening = listenTo(model, Object.fromEntries(SETTINGS.map((name) => [`change:${name}`, () => {
    if (model.get(name) === settings[name]) return;
    settings[name] = model.get(name);
    stale = true;
    redraw();
    announce();
  }])));
  const undress = dressed(root, model.get("palette"), (now) => {
    colours = now;
    redraw();
  });
  describe();

  return () => {
    stopListening();
    tell(); // a view that goes away at once must not take the last move with it
    undress();
    for (const waiting of [redraw, announce, send]) waiting.cancel();
  };
}

export default explorer("memory", build);
