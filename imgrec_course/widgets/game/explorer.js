// The game explorer. The whole recording came once, compressed; it is unpacked, interpolated and drawn here.

const PLACES = 2047; // as in explorer.py
const SHADES = 200;
const FINE = 65534;
const LENGTHS = 63;
const ARROW = 34; // CSS pixels of the longest arrow
const LARGEST = 470; // CSS pixels of the plane's width
const LOSS_HEIGHT = 250;
const LINE_HEIGHT = 330;
const STRIP = 60; // CSS pixels under the curves, for the samples
const ROWS = 11; // of samples there
const LINE_ARROWS = 33; // most arrows there
const CHOICES = ["same", "own", "none"];

// What is unpacked

/** The recording as arrays of numbers; a promise. */
async function unpack(model) {
  const stream = new Blob([model.get("packed")]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const { moments, samples: count, real: points, places } = model.get("counts");
  const dimension = model.get("dimension");
  const bounds = model.get("bounds");
  let at = 0;
  const take = (length) => bytes.subarray(at, (at += length));
  const planes = (length) => {
    const [low, high] = [take(length), take(length)];
    return Uint16Array.from(low, (byte, index) => byte + 256 * high[index]);
  };
  const coordinate = (step, axis) => bounds[axis][0] + (step / PLACES) * (bounds[axis][1] - bounds[axis][0]);
  const size = count * dimension;

  const steps = planes(moments * size);
  for (let index = 0; index < steps.length; index += 1) {
    const move = steps[index] & 1 ? -(steps[index] + 1) / 2 : steps[index] / 2;
    steps[index] = move + (index < size ? 0 : steps[index - size]);
  }
  const samples = Float32Array.from(steps, (step, index) => coordinate(step, index % dimension));
  const shares = take(moments * size);
  const pushes = model.get("pushes");
  const gradients = Float32Array.from(new Int8Array(shares), (share, index) => (share / LENGTHS) * pushes[Math.floor(index / size)]);
  const real = Float32Array.from(planes(points * dimension), (step, index) => coordinate(step, index % dimension));
  const moment = (array, length) => Array.from({ length: array.length / length }, (_, t) => array.subarray(t * length, (t + 1) * length));
  const found = { samples: moment(samples, size), gradients: moment(gradients, size), real };

  if (dimension === 2) {
    const shades = take(moments * places * places).slice(); // bytes: sums wrap around, as they shall
    for (const [step, range] of [[1, places], [places, places], [places * places, moments]]) {
      for (let here = step; here < shades.length; here += 1) {
        if (Math.floor(here / step) % range) shades[here] += shades[here - step];
      }
    }
    found.landscape = moment(Float32Array.from(shades, (shade) => shade / SHADES), places * places);
    return found;
  }
  const curves = (number, height = 1) => {
    const fine = planes(number * places);
    const values = new Float32Array(fine.length);
    for (let index = 0, value = 0; index < fine.length; index += 1) {
      value = ((index % places ? value : 0) + fine[index]) % (FINE + 2);
      values[index] = value > FINE ? NaN : (value / FINE) * height;
    }
    return moment(values, places);
  };
  found.landscape = curves(moments);
  const heights = model.get("heights");
  if (heights.length) {
    found.optimal = curves(moments);
    [found.p] = curves(1, heights[0]);
    found.q = curves(moments, heights[1]);
  }
  return found;
}

/** Between two arrays: only drawn, never recorded. */
function between(list, position, phase) {
  const from = list[position];
  if (!phase || position + 1 >= list.length) return from;
  const to = list[position + 1];
  return from.map((value, index) => value + phase * (to[index] - value));
}

/** D at a place by its neighbours on the grid. */
function landscapeAt(landscape, places, axes, x, y) {
  const spot = (value, [first, last]) => {
    const share = Math.max(0, Math.min(places - 1, ((value - first) / (last - first)) * (places - 1)));
    const low = Math.min(places - 2, Math.floor(share));
    return [low, share - low];
  };
  const [i, a] = spot(x, axes[0]);
  if (y === undefined) return landscape[i] * (1 - a) + landscape[i + 1] * a;
  const [j, b] = spot(y, axes[1]);
  const row = (k) => landscape[k * places + i] * (1 - a) + landscape[k * places + i + 1] * a;
  return row(j) * (1 - b) + row(j + 1) * b;
}

/** Where the landscape crosses ½: pairs of points, in steps of the grid. */
function crossings(landscape, places) {
  const segments = [];
  for (let j = 0; j + 1 < places; j += 1) {
    for (let i = 0; i + 1 < places; i += 1) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
      const values = corners.map(([x, y]) => landscape[y * places + x] - 0.5);
      const points = [];
      for (let side = 0; side < 4; side += 1) {
        const [from, to] = [side, (side + 1) % 4];
        if (values[from] < 0 === values[to] < 0) continue;
        const share = values[from] / (values[from] - values[to]);
        points.push([0, 1].map((axis) => corners[from][axis] + share * (corners[to][axis] - corners[from][axis])));
      }
      for (let pair = 0; pair + 1 < points.length; pair += 2) segments.push([points[pair], points[pair + 1]]);
    }
  }
  return segments;
}

// Numbers and colours

const minus = (text) => String(text).replace("-", "−");

/** A loss with two digits after the point. */
const lossText = (loss) => minus(loss.toFixed(2));

/** A loss by the name it has in the lesson, where it has one. */
function namedLoss(loss) {
  const named = [["2 ln 2", 2 * Math.LN2], ["ln 2", Math.LN2], ["ln 4", Math.log(4)], ["−ln 4", -Math.log(4)], ["−ln 2", -Math.LN2]];
  return named.find(([, value]) => Math.abs(value - loss) < 1e-6)?.[0] ?? lossText(loss);
}

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** A colour mixed with what lies behind the samples. */
function pale(colour, surface, share = 0.55) {
  const [front, back] = [channels(colour), channels(surface)];
  return front.map((value, index) => Math.round(back[index] + share * (value - back[index])));
}

/** Round steps for an axis: about so many. */
function ticksOf(least, most, about) {
  const raw = (most - least) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw * 0.999);
  const ticks = [];
  for (let tick = Math.ceil(least / step - 1e-9) * step; tick <= most + 1e-9 * step; tick += step) ticks.push(Number(tick.toPrecision(10)));
  return ticks;
}

// Pictures

/** An arrow from a point by a vector, both in CSS pixels; a very short one is none. */
function arrow(context, x, y, dx, dy) {
  const length = Math.hypot(dx, dy);
  if (length < 1.5) return;
  const head = Math.min(4.5, length * 0.45);
  const [ux, uy] = [dx / length, dy / length];
  context.moveTo(x, y);
  context.lineTo(x + dx, y + dy);
  context.lineTo(x + dx - head * (ux + 0.5 * uy), y + dy - head * (uy - 0.5 * ux));
  context.moveTo(x + dx, y + dy);
  context.lineTo(x + dx - head * (ux - 0.5 * uy), y + dy - head * (uy + 0.5 * ux));
}

/** The plane: what D says, real points, samples, arrows. */
function drawPlane(canvas, view, colours) {
  const { now, world, axes, places, scale } = view;
  const room = Math.min(LARGEST, canvas.parentElement.clientWidth);
  if (!room) return;
  const margin = { left: 34, right: 8, top: 4, bottom: 20 };
  const spans = axes.map(([first, last]) => last - first);
  const width = room - margin.left - margin.right;
  const height = Math.min(width * 1.4, (width * spans[1]) / spans[0]);
  const total = height + margin.top + margin.bottom;
  canvas.style.width = `${room}px`;
  const context = sharpContext(canvas, room, total);
  context.clearRect(0, 0, room, total);
  const toX = (x) => margin.left + ((x - axes[0][0]) / spans[0]) * width;
  const toY = (y) => margin.top + height - ((y - axes[1][0]) / spans[1]) * height;

  const [real, generated, middle] = [pale(colours.positive, colours.surface), pale(colours.negative, colours.surface), channels(colours.surface)];
  const tile = (view.tile ??= document.createElement("canvas"));
  if (tile.width !== places) tile.width = tile.height = places;
  const pen = tile.getContext("2d");
  const picture = pen.createImageData(places, places);
  for (let j = 0; j < places; j += 1) {
    for (let i = 0; i < places; i += 1) {
      const d = 2 * now.landscape[(places - 1 - j) * places + i] - 1; // the first row lies below
      const to = d > 0 ? real : generated;
      const at = 4 * (j * places + i);
      for (let channel = 0; channel < 3; channel += 1) picture.data[at + channel] = middle[channel] + Math.abs(d) * (to[channel] - middle[channel]);
      picture.data[at + 3] = 255;
    }
  }
  pen.putImageData(picture, 0, 0);
  context.save();
  context.beginPath();
  context.rect(margin.left, margin.top, width, height);
  context.clip();
  // A place of the grid is the middle of its pixel.
  const [dx, dy] = [width / (places - 1), height / (places - 1)];
  context.imageSmoothingQuality = "high";
  context.drawImage(tile, margin.left - dx / 2, margin.top - dy / 2, width + dx, height + dy);

  context.strokeStyle = colours.text;
  context.lineWidth = 1.2;
  context.beginPath();
  for (const [from, to] of crossings(now.landscape, places)) {
    context.moveTo(margin.left + from[0] * dx, margin.top + height - from[1] * dy);
    context.lineTo(margin.left + to[0] * dx, margin.top + height - to[1] * dy);
  }
  context.stroke();

  context.fillStyle = colours.positive;
  for (let at = 0; at < world.real.length; at += 2) context.fillRect(toX(world.real[at]) - 1, toY(world.real[at + 1]) - 1, 2, 2);
  context.fillStyle = colours.negative;
  context.strokeStyle = colours.surface;
  context.lineWidth = 1;
  for (let at = 0; at < now.samples.length; at += 2) {
    context.beginPath();
    context.arc(toX(now.samples[at]), toY(now.samples[at + 1]), 3.2, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
  if (scale) {
    context.strokeStyle = colours.text;
    context.lineWidth = 0.9;
    context.globalAlpha = 0.8;
    context.beginPath();
    for (let at = 0; at < now.samples.length; at += 2) {
      arrow(context, toX(now.samples[at]), toY(now.samples[at + 1]), -now.gradients[at] * scale, now.gradients[at + 1] * scale);
    }
    context.stroke();
  }
  context.restore();

  context.strokeStyle = colours.faint;
  context.lineWidth = 1;
  context.strokeRect(margin.left + 0.5, margin.top + 0.5, width - 1, height - 1);
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = colours.faint;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of ticksOf(...axes[0], 4)) context.fillText(minus(tick), toX(tick), margin.top + height + 4);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ticksOf(...axes[1], 4)) context.fillText(minus(tick), margin.left - 5, Math.max(margin.top + 6, toY(tick)));
}

/** The line: densities and what D says over x, the samples in a strip below. */
function drawLine(canvas, view, words, colours) {
  const { now, world, axes, places, scale, heights } = view;
  const room = canvas.parentElement.clientWidth;
  if (!room) return;
  const context = sharpContext(canvas, room, LINE_HEIGHT);
  context.clearRect(0, 0, room, LINE_HEIGHT);
  const [left, right, top] = [46, room - 34, 18];
  const bottom = LINE_HEIGHT - STRIP - 34;
  const [first, last] = axes[0];
  const toX = (x) => left + ((x - first) / (last - first)) * (right - left);
  const place = (index) => left + (index / (places - 1)) * (right - left);
  const most = heights.length ? 1.08 * Math.min(Math.max(...heights), 2.5 * heights[0]) : 1;
  const toShare = (share) => bottom - (share / 1.08) * (bottom - top);
  const toDensity = (density) => bottom - (density / most) * (bottom - top);

  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (const share of [0, 0.5, 1]) {
    context.fillStyle = colours.line;
    context.fillRect(left, Math.round(toShare(share)), right - left, share ? 0.6 : 1.5);
    context.fillStyle = colours.precision;
    context.textAlign = "left";
    context.fillText({ 0: "0", 0.5: "½", 1: "1" }[share], right + 6, toShare(share));
  }
  context.textAlign = "left";
  context.fillText("D", right + 6, top - 8);
  if (heights.length) {
    context.fillStyle = colours.faint;
    context.textAlign = "right";
    for (const tick of ticksOf(0, most, 4)) context.fillText(minus(tick), left - 6, toDensity(tick));
    context.textAlign = "left";
    context.fillText(words.density, 0, top - 9, room / 2);
  }
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, bottom + 1);
  context.clip();
  const curve = (values, toY, style) => {
    Object.assign(context, { lineWidth: 2.5, ...style });
    context.setLineDash(style.dash ?? []);
    context.beginPath();
    let pen = false;
    values.forEach((value, index) => {
      if (Number.isNaN(value)) pen = false;
      else if (pen) context.lineTo(place(index), toY(value));
      else context.moveTo(place(index), toY(value));
      pen = !Number.isNaN(value);
    });
    context.stroke();
    context.setLineDash([]);
  };
  if (world.p) {
    curve(world.p, toDensity, { strokeStyle: colours.positive });
    context.lineTo(place(places - 1), bottom);
    context.lineTo(place(0), bottom);
    context.globalAlpha = 0.15;
    context.fillStyle = colours.positive;
    context.fill();
    context.globalAlpha = 1;
    curve(now.q, toDensity, { strokeStyle: colours.negative, dash: [8, 5] });
    curve(now.optimal, toShare, { strokeStyle: colours.recall, dash: [2, 5], lineWidth: 3.5 });
  }
  curve(now.landscape, toShare, { strokeStyle: colours.precision });
  context.restore();

  // The strip: real points above, samples below, each in a row of its own so that they do not hide one another
  const strip = bottom + 8;
  context.fillStyle = colours.positive;
  for (const x of world.real) if (x >= first && x <= last) context.fillRect(toX(x) - 0.5, strip, 1, 8);
  context.save();
  context.beginPath();
  context.rect(left - 5, strip, right - left + 10, STRIP + 4);
  context.clip();
  const rowOf = (index) => strip + 15 + ((index * 7) % ROWS) * 4;
  context.strokeStyle = colours.surface;
  context.fillStyle = colours.negative;
  context.lineWidth = 0.8;
  now.samples.forEach((x, index) => {
    context.beginPath();
    context.arc(toX(x), rowOf(index), 2.8, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  });
  if (scale) {
    context.strokeStyle = colours.text;
    context.lineWidth = 1.2;
    context.beginPath();
    const every = Math.ceil(now.samples.length / LINE_ARROWS);
    for (let index = 0; index < now.samples.length; index += every) arrow(context, toX(now.samples[index]), rowOf(index), -now.gradients[index] * scale, 0);
    context.stroke();
  }
  context.restore();
  context.fillStyle = colours.faint;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of ticksOf(first, last, 6)) context.fillText(minus(tick), toX(tick), LINE_HEIGHT - 26);
  context.fillStyle = colours.text;
  context.fillText("x", (left + right) / 2, LINE_HEIGHT - 13);
}

const LOSS_SIDES = { left: 44, right: 52 };

/** The losses over the generator's updates; the present moment is marked. */
function drawLosses(canvas, view, words, colours) {
  const { losses, steps, equilibrium, position, phase } = view;
  const width = canvas.clientWidth;
  if (!width) return;
  const context = sharpContext(canvas, width, LOSS_HEIGHT);
  context.clearRect(0, 0, width, LOSS_HEIGHT);
  const [top, bottom] = [8, LOSS_HEIGHT - 36];
  const [left, right] = [LOSS_SIDES.left, width - LOSS_SIDES.right];
  const all = [...losses.flat(), ...equilibrium];
  const least = Math.min(0, ...all);
  const most = least + 1.06 * Math.max(1e-6, Math.max(...all) - least);
  const toX = (step) => left + ((step - steps[0]) / Math.max(1, steps[steps.length - 1] - steps[0])) * (right - left);
  const toY = (loss) => bottom - ((loss - least) / (most - least)) * (bottom - top);

  context.font = "12px system-ui, sans-serif";
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ticksOf(least, most, 4)) {
    context.fillStyle = colours.line;
    context.fillRect(left, Math.round(toY(tick)), right - left, tick ? 0.6 : 1.5);
    context.fillStyle = colours.faint;
    context.fillText(minus(tick), left - 6, toY(tick));
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  const ends = [steps[0], steps[steps.length - 1]];
  const ticks = ends[0] === ends[1] ? [ends[0]] : ticksOf(...ends, Math.max(1, Math.min(5, (right - left) / 70)));
  for (const tick of ticks) {
    if (tick % 1) continue;
    context.fillRect(Math.round(toX(tick)), bottom, 1, 4);
    context.fillText(String(tick), toX(tick), bottom + 6);
  }
  context.fillStyle = colours.text;
  context.fillText(words.step_axis, (left + right) / 2, LOSS_HEIGHT - 14, right - left);

  const pens = [[colours.precision, []], [colours.negative, [7, 4]]];
  equilibrium.forEach((loss, which) => {
    context.strokeStyle = pens[which][0];
    context.lineWidth = 1.3;
    context.setLineDash([2, 4]);
    context.beginPath();
    context.moveTo(left, toY(loss));
    context.lineTo(right, toY(loss));
    context.stroke();
  });
  const apart = equilibrium.length && Math.abs(toY(equilibrium[0]) - toY(equilibrium[1])) >= 13;
  equilibrium.forEach((loss, which) => {
    if (which && !apart) return;
    context.fillStyle = pens[which][0];
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(namedLoss(loss), right + 8, toY(loss), LOSS_SIDES.right - 8);
  });
  pens.forEach(([colour, dash], which) => {
    context.strokeStyle = colour;
    context.lineWidth = 2.2;
    context.setLineDash(dash);
    context.beginPath();
    losses.forEach((pair, moment) => context.lineTo(toX(steps[moment]), toY(pair[which])));
    context.stroke();
  });
  context.setLineDash([]);
  const next = Math.min(position + 1, steps.length - 1);
  const blend = (from, to) => from + phase * (to - from);
  const x = toX(blend(steps[position], steps[next]));
  context.fillStyle = colours.text;
  context.fillRect(x - 0.75, top, 1.5, bottom - top);
  pens.forEach(([colour], which) => {
    context.beginPath();
    context.arc(x, toY(blend(losses[position][which], losses[next][which])), 5, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.strokeStyle = colours.surface;
    context.lineWidth = 2;
    context.fill();
    context.stroke();
  });
}

function build(model, root) {
  const words = model.get("words")[model.get("language")];
  const [dimension, axes, steps, losses, equilibrium, pushes, heights] = [
    "dimension", "axes", "steps", "losses", "equilibrium", "pushes", "heights",
  ].map((name) => model.get(name));
  const { samples: count, places } = model.get("counts");
  const last = steps.length - 1;
  const largest = Math.max(...pushes);
  let position = Math.min(last, model.get("position"));
  let arrows = model.get("arrows");
  let glide = model.get("glide");
  let colours = null;
  let world = null;
  let view = { axes, places, heights, losses, steps, equilibrium };
  let gone = false;
  root.classList.add("imgrec-tape");

  // What stands on the page
  const picture = element("canvas", { role: "img", class: "imgrec-picture" });
  const lossCanvas = element("canvas", { role: "img", class: "imgrec-losses" });
  const key = (name, text) => element("span", { class: `imgrec-${name}` }, element("i", {}), text);
  const keys = dimension === 2
    ? [key("real", words.real), key("generated", words.generated), key("pushed", words.pushed), key("scale", words.d_scale), key("half", words.half)]
    : [...(heights.length ? [key("p", words.p), key("q", words.q), key("optimal", words.d_optimal)] : []),
      key("d", words.d), key("real", words.real), key("generated", words.generated), key("pushed", words.pushed)];
  const slider = element("input", { type: "range", min: "0", max: String(last), step: "1", "aria-label": words.moment });
  const reading = element("span", { class: "imgrec-reading" });
  const scales = element("select", {}, ...CHOICES.map((choice) => element("option", { value: choice }, words[choice])));
  const gliding = element("input", { type: "checkbox" });
  const result = element("p", { class: "imgrec-result" });
  const note = element("div", { class: "imgrec-note" });
  const announcement = element("div", { class: "imgrec-hidden", "aria-live": "polite" });
  const panels = element("div", { class: "imgrec-panels" },
    element("figure", {}, element("figcaption", {}, dimension === 2 ? words.plane : words.line), picture,
      element("div", { class: "imgrec-keys" }, ...keys)),
    element("figure", {}, element("figcaption", {}, words.losses), lossCanvas,
      element("div", { class: "imgrec-keys" }, key("dloss", words.d_loss), key("gloss", words.g_loss),
        ...(equilibrium.length ? [key("equilibrium", words.equilibrium)] : [])),
      result, note));

  // Saying it
  const counted = () => fillIn(words.moment_of, { number: position + 1, count: steps.length, step: steps[position] });
  const said = () => fillIn(words.now, { d: lossText(losses[position][0]), g: lossText(losses[position][1]) });
  const inside = (samples) => {
    const found = [];
    for (let at = 0; at < samples.length; at += dimension) {
      if (axes.every(([first, end], axis) => samples[at + axis] >= first && samples[at + axis] <= end)) found.push(at);
    }
    return found;
  };
  const describe = () => {
    // While it plays, any number would soon be wrong.
    const name = dimension === 2 ? words.plane : words.line;
    lossCanvas.setAttribute("aria-label", tape.running() ? words.losses : `${words.losses}, ${counted()}. ${said()}`);
    if (tape.running() || !world) {
      picture.setAttribute("aria-label", name);
      return said();
    }
    const samples = world.samples[position];
    const within = inside(samples);
    const sum = within.reduce((total, at) => total + landscapeAt(world.landscape[position], places, axes, samples[at], dimension === 2 ? samples[at + 1] : undefined), 0);
    picture.setAttribute("aria-label", fillIn(words.picture_said, {
      name, moment: counted(), inside: within.length, total: count, mean: within.length ? (sum / within.length).toFixed(2) : "–",
    }));
    return said();
  };
  const announce = whenQuiet(() => {
    const text = describe();
    if (!tape.running()) announcement.textContent = `${counted()}. ${text}`;
  }, 400);
  const tell = teller(model, () => ({ position, rate: tape.rate(), arrows, glide }));
  const send = whenQuiet(tell, 150);
  const moved = () => {
    redraw();
    announce();
    send();
  };

  // Drawing
  const write = () => {
    slider.value = String(position);
    slider.setAttribute("aria-valuetext", counted());
    reading.textContent = counted();
    result.textContent = said();
    scales.value = arrows;
    gliding.checked = glide;
    const missing = count - inside(world.samples[position]).length;
    note.textContent = missing ? fillIn(words.outside, { count: missing, total: count }) : "";
  };
  const draw = () => {
    if (!colours || !world) return;
    const phase = glide ? tape.phase() : 0;
    const names = ["samples", "gradients", "landscape", ...(heights.length ? ["optimal", "q"] : [])];
    const now = Object.fromEntries(names.map((name) => [name, between(world[name], position, phase)]));
    const own = pushes[position] + phase * (pushes[Math.min(last, position + 1)] - pushes[position]);
    const longest = { same: largest, own, none: 0 }[arrows];
    Object.assign(view, { now, world, position, phase, scale: longest > 0 ? ARROW / longest : 0 });
    write();
    if (dimension === 2) drawPlane(picture, view, colours);
    else drawLine(picture, view, words, colours);
    drawLosses(lossCanvas, view, words, colours);
    root.dataset.position = String(position);
    root.dataset.step = String(steps[position]);
    root.dataset.phase = phase.toFixed(3);
    root.dataset.playing = String(tape.running());
    root.dataset.redraws = String(Number(root.dataset.redraws || 0) + 1);
  };
  const redraw = oncePerFrame(draw);

  // Changing
  const go = (moment) => {
    const before = position;
    position = Math.max(0, Math.min(last, moment));
    redraw();
    return position !== before;
  };
  const tape = tapeButtons({
    words,
    rate: model.get("rate"),
    watched: panels,
    walk: (moments, playing) => go(position + moments) && !(playing && position === last),
    rewind: () => { if (position === last) go(0); },
    frame: () => { if (glide || !tape.running()) redraw(); },
    moved,
    snap: () => glide,
  });
  root.replaceChildren(
    ...(model.get("titled") ? [element("div", { class: "imgrec-caption imgrec-title" }, words.title)] : []),
    panels,
    element("div", { class: "imgrec-controls" }, tape.buttons, element("div", { class: "imgrec-scrub" }, slider, reading), tape.speed,
      element("label", {}, element("span", {}, words.arrows), scales), element("label", {}, gliding, words.glide)),
    element("div", { class: "imgrec-hint" }, words.hint), announcement);
  if (last === 0) tape.disable();
  slider.disabled = last === 0;

  slider.addEventListener("input", () => tape.hand(Number(slider.value) - position));
  scales.addEventListener("change", () => {
    arrows = scales.value;
    moved();
  });
  gliding.addEventListener("change", () => {
    glide = gliding.checked;
    moved();
  });
  followPointer(lossCanvas, slider, (event) => {
    const box = lossCanvas.getBoundingClientRect();
    const share = (event.clientX - box.left - LOSS_SIDES.left) / (box.width - LOSS_SIDES.left - LOSS_SIDES.right);
    const step = steps[0] + share * (steps[last] - steps[0]);
    const nearest = steps.reduce((best, one, moment) => (Math.abs(one - step) < Math.abs(steps[best] - step) ? moment : best), 0);
    tape.hand(nearest - position);
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
    "change:arrows": () => { arrows = model.get("arrows"); redraw(); },
    "change:glide": () => { glide = model.get("glide"); redraw(); },
  });
  const undress = dressed(root, model.get("palette"), (now) => {
    colours = now;
    for (const [name, colour] of [["says-real", now.positive], ["says-generated", now.negative]]) {
      root.style.setProperty(`--imgrec-${name}`, `rgb(${pale(colour, now.surface)})`);
    }
    redraw();
  });
  unpack(model).then((found) => {
    if (gone) return;
    world = found;
    describe();
    redraw();
  }, () => { note.textContent = words.old; });

  return () => {
    stopListening();
    tape.destroy();
    tell(); // a view that goes away at once must not take the last move with it
    gone = true;
    undress();
    for (const waiting of [redraw, announce, send]) waiting.cancel();
  };
}

export default explorer("game", build);
