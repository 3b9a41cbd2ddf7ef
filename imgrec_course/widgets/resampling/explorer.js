// The resampling explorer. Everything is drawn here, at random and on the canvas, from four counts.

const KINDS = ["tp", "fp", "fn", "tn"];
const MEASURES = ["precision", "recall", "f1"];
const SETTINGS = ["measure", "times", "positives", "seed", "draws"];
const HEIGHT = 220;
const WIDTHS_HEIGHT = 170;
const PATIENCE = 8; // milliseconds of counting in a frame, so that a slider never waits for the draws
const SIDES = { left: 46, right: 14, top: 22, bottom: 34 };

/** The quotient of two whole numbers, halves rounded up. */
function rounded(numerator, denominator) {
  return Math.floor((2 * numerator + denominator) / (2 * denominator));
}

/** TP, FP, FN, TN of a test so many times as large, with that many positives among as many images as it has. */
function testOf([tp, fp, fn, tn], { times, positives }) {
  const wanted = times * positives;
  const others = times * (tp + fp + fn + tn) - wanted;
  const found = rounded(tp * wanted, tp + fn);
  const wrong = rounded(fp * others, fp + tn);
  return [found, wrong, wanted - found, others - wrong];
}

/** Numerator and denominator of a measure; no value where nothing is divided by. */
function fraction(measure, tp, fp, fn) {
  if (measure === "precision") return [tp, tp + fp];
  if (measure === "recall") return [tp, tp + fn];
  return [2 * tp, 2 * tp + fp + fn];
}

function valueOf(measure, tp, fp, fn) {
  const [over, under] = fraction(measure, tp, fp, fn);
  return under ? over / under : NaN;
}

/** One bootstrap sample: as many images as the test has, with replacement; each adds 1 to its group's place.
 *
 * The generator is sfc32 (Doty-Humphrey, PractRand), begun from seed and number, so that draw number i is
 * always the same, whichever was drawn before it. Written out in one loop: millions of images pass in a frame.
 */
function sample(seed, number, groups, tally, offset) {
  const images = groups.length;
  const scale = images / 4294967296;
  let [a, b, c, counter] = [seed | 0, number | 0, 0x9e3779b9 | 0, 1];
  for (let image = -15; image < images; image += 1) { // the first fifteen numbers only mix seed and number
    const out = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    if (image >= 0) tally[offset + groups[((out >>> 0) * scale) | 0]] += 1;
  }
}

/** All draws of one test under one seed. */
function resampling(counts, seed, most) {
  const images = counts.reduce((sum, count) => sum + count, 0);
  const kinds = new Uint8Array(images);
  let start = 0;
  counts.forEach((count, kind) => { kinds.fill(kind, start, start += count); });
  const each = Uint16Array.from(kinds.keys());
  const cells = new Int32Array(4 * most); // four a draw
  let done = 0;
  return {
    images,
    cells,
    /** Count draws that are not yet counted, for some milliseconds; returns how many of them are there now. */
    counted(draws, milliseconds) {
      const end = performance.now() + milliseconds;
      for (; done < draws && (done % 16 || performance.now() < end); done += 1) sample(seed, done, kinds, cells, 4 * done);
      return Math.min(done, draws);
    },
    /** How often draw number i took each image, and its four counts. */
    one(number) {
      const taken = new Uint8Array(images);
      const last = new Int32Array(4);
      sample(seed, number, each, taken, 0);
      sample(seed, number, kinds, last, 0);
      return { taken, last: Array.from(last) };
    },
  };
}

/** The value below which a share of the sorted values lies, interpolated as numpy.quantile does. */
function quantile(sorted, share) {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** Values of a measure in the first draws, those without a value left out, sorted; and what follows. */
function summary(cells, draws, measure) {
  const values = [];
  for (let row = 0; row < 4 * draws; row += 4) {
    const value = valueOf(measure, cells[row], cells[row + 1], cells[row + 2]);
    if (!Number.isNaN(value)) values.push(value);
  }
  const sorted = Float64Array.from(values).sort();
  const known = sorted.length > 0;
  return { sorted, low: known ? quantile(sorted, 0.025) : NaN, high: known ? quantile(sorted, 0.975) : NaN };
}

/** The test as tokens: round ones are positive, square ones negative; filled ones were returned. */
function drawTokens(canvas, state, colours) {
  const width = canvas.clientWidth;
  if (!width) return;
  const context = sharpContext(canvas, width, HEIGHT);
  context.clearRect(0, 0, width, HEIGHT);
  const { counts, images, taken } = state;
  const columns = Math.ceil(Math.sqrt((images * width) / HEIGHT));
  const rows = Math.ceil(images / columns);
  const cell = Math.min(width / columns, HEIGHT / rows);
  const radius = cell * 0.4;
  const legible = cell >= 13;
  context.font = `600 ${Math.min(12, cell * 0.55)}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const places = { tp: [], fn: [], fp: [], tn: [] };
  const firsts = [0, counts[0], counts[0] + counts[1], counts[0] + counts[1] + counts[2]];
  let image = 0;
  for (const name of Object.keys(places)) { // positives first; the two wrong kinds stand next to each other
    const kind = KINDS.indexOf(name);
    for (let which = 0; which < counts[kind]; which += 1, image += 1) {
      const often = taken ? taken[firsts[kind] + which] : 1;
      places[name].push([(Math.floor(image / rows) + 0.5) * cell, ((image % rows) + 0.5) * cell, often]);
    }
  }
  const ratio = window.devicePixelRatio || 1;
  for (const [name, list] of Object.entries(places)) {
    const positive = name === "tp" || name === "fn";
    const returned = name === "tp" || name === "fp";
    // Drawn once, copied thousands of times: that is quick.
    const stamp = document.createElement("canvas");
    stamp.width = stamp.height = Math.ceil(cell * ratio);
    const pen = stamp.getContext("2d");
    pen.scale(ratio, ratio);
    pen.lineWidth = Math.max(1, Math.min(2, cell * 0.12));
    pen.fillStyle = pen.strokeStyle = positive ? colours.positive : colours.negative;
    const inner = radius - pen.lineWidth / 2;
    if (positive) pen.arc(cell / 2, cell / 2, inner, 0, 2 * Math.PI);
    else pen.rect(cell / 2 - inner, cell / 2 - inner, 2 * inner, 2 * inner);
    if (returned) pen.fill();
    pen.stroke();
    const side = stamp.width / ratio;
    for (const faint of [true, false]) {
      context.globalAlpha = faint ? 0.2 : 1;
      for (const [x, y, often] of list) {
        if (faint === (often === 0)) context.drawImage(stamp, Math.round((x - cell / 2) * ratio) / ratio, Math.round((y - cell / 2) * ratio) / ratio, side, side);
      }
    }
    context.fillStyle = returned ? colours.surface : colours.text;
    for (const [x, y, often] of list) if (often > 1 && legible) context.fillText(String(often), x, y + 0.5);
  }
}

function drawHistogram(canvas, state, words, colours) {
  const width = canvas.clientWidth;
  if (!width) return;
  const context = sharpContext(canvas, width, HEIGHT);
  context.clearRect(0, 0, width, HEIGHT);
  context.font = "11px system-ui, sans-serif";
  const { left, top } = SIDES;
  const [right, bottom] = [width - SIDES.right, HEIGHT - SIDES.bottom - 8];
  const toX = (value) => left + value * (right - left);
  const bins = state.times < 4 ? 50 : 100;
  const heights = new Int32Array(bins);
  for (const value of state.sorted) heights[Math.min(bins - 1, Math.floor(value * bins + 1e-9))] += 1;
  const most = Math.max(1, ...heights);
  const toY = (count) => bottom - (count / most) * (bottom - top);

  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    context.fillStyle = colours.line;
    context.fillRect(Math.round(toX(tick)), top, 1, bottom - top);
    context.fillStyle = colours.faint;
    context.fillText(String(tick), toX(tick), bottom + 11);
  }
  context.fillStyle = colours.text;
  context.fillText(fillIn(words.value_axis, { measure: words[state.measure] }), (left + right) / 2, HEIGHT - 14);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = colours.faint;
  context.fillText("0", left - 6, bottom);
  if (state.sorted.length) context.fillText(String(most), left - 6, top);

  context.fillStyle = colours[state.measure];
  heights.forEach((count, bin) => {
    if (count) context.fillRect(toX(bin / bins), toY(count), Math.max(1, (right - left) / bins - 0.5), bottom - toY(count));
  });
  context.fillStyle = colours.text;
  context.fillRect(left, bottom, right - left, 1);
  if (!Number.isNaN(state.estimate)) context.fillRect(toX(state.estimate) - 0.75, top, 1.5, bottom - top);
  if (state.shown) {
    context.fillRect(toX(state.low), bottom + 2, Math.max(2, toX(state.high) - toX(state.low)), 6);
    context.textBaseline = "bottom";
    context.font = "600 11px system-ui, sans-serif";
    for (const [value, side] of [[state.low, "right"], [state.high, "left"]]) {
      context.setLineDash([3, 3]);
      context.strokeStyle = colours.text;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(toX(value), top - 2);
      context.lineTo(toX(value), bottom);
      context.stroke();
      context.setLineDash([]);
      const room = side === "right" ? toX(value) - left : right - toX(value);
      context.textAlign = room > 34 ? side : side === "right" ? "left" : "right";
      context.fillText(value.toFixed(3), toX(value) + (context.textAlign === "right" ? 2 : -2), top - 4);
    }
  }
  if (!Number.isNaN(state.last)) {
    const x = toX(state.last);
    context.fillStyle = colours.negative;
    context.strokeStyle = colours.surface;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, bottom);
    context.lineTo(x - 6, bottom - 10);
    context.lineTo(x + 6, bottom - 10);
    context.closePath();
    context.stroke();
    context.fill();
  }
}

/** Widths against the size of the test, both on logarithmic scales: 1/√n is a straight line. */
function drawWidths(canvas, state, words, colours) {
  const width = canvas.clientWidth;
  if (!width) return;
  const context = sharpContext(canvas, width, WIDTHS_HEIGHT);
  context.clearRect(0, 0, width, WIDTHS_HEIGHT);
  context.font = "11px system-ui, sans-serif";
  const { left } = SIDES;
  const [top, right, bottom] = [8, width - SIDES.right, WIDTHS_HEIGHT - SIDES.bottom];
  const { base, timesList } = state;
  const [first, last] = [base / 1.25, base * timesList[timesList.length - 1] * 1.25];
  const [least, most] = [0.015, 1.1];
  const toX = (images) => left + (Math.log(images / first) / Math.log(last / first)) * (right - left);
  const toY = (value) => bottom - (Math.log(Math.max(least, Math.min(most, value)) / least) / Math.log(most / least)) * (bottom - top);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of [0.02, 0.05, 0.1, 0.2, 0.5, 1]) {
    context.fillStyle = colours.line;
    context.fillRect(left, Math.round(toY(tick)), right - left, 1);
    context.fillStyle = colours.faint;
    context.fillText(String(tick), left - 6, toY(tick));
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const times of timesList) {
    context.fillStyle = colours.line;
    context.fillRect(Math.round(toX(times * base)), top, 1, bottom - top);
    context.fillStyle = colours.faint;
    context.fillText(String(times * base), toX(times * base), bottom + 5);
  }
  context.fillStyle = colours.text;
  context.fillText(words.width_axis, (left + right) / 2, WIDTHS_HEIGHT - 14);

  const here = state.shown ? state.high - state.low : 0;
  if (here > 0) {
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.strokeStyle = colours.chance;
    context.lineWidth = 2;
    context.setLineDash([6, 4]);
    context.beginPath();
    // Clamped heights would bend the line: it is straight between its unclamped ends.
    const straight = (images) => bottom - (Math.log((here * Math.sqrt(state.images / images)) / least) / Math.log(most / least)) * (bottom - top);
    context.moveTo(toX(first), straight(first));
    context.lineTo(toX(last), straight(last));
    context.stroke();
    context.restore();
  }
  for (const point of state.visited) {
    const value = point.widths[state.measure];
    if (!(value > 0)) continue;
    const same = point.positives === state.positives;
    context.beginPath();
    context.arc(toX(point.times * base), toY(value), same ? 5 : 4, 0, 2 * Math.PI);
    context.lineWidth = 1.5;
    context.strokeStyle = same ? colours.surface : colours.faint;
    context.fillStyle = colours.positive;
    if (same) context.fill();
    context.stroke();
  }
  if (here > 0) {
    context.beginPath();
    context.arc(toX(state.images), toY(here), 6.5, 0, 2 * Math.PI);
    context.fillStyle = colours.positive;
    context.fill();
    context.strokeStyle = colours.text;
    context.lineWidth = 2;
    context.stroke();
  }
}

/** The counts of the test and of the last draw, and what the measure makes of them. */
function countsTable(words) {
  const cells = {};
  const row = (name) => {
    const parts = [...KINDS, "value"].map((part) => {
      const cell = element("td", { "data-count": `${name}-${part}` });
      cells[`${name}-${part}`] = cell;
      return cell;
    });
    return element("tr", {}, element("th", { scope: "row" }, words[name]), ...parts);
  };
  const head = element("th", { scope: "col" });
  const node = element("table", {},
    element("caption", { class: "imgrec-caption" }, words.table),
    element("thead", {}, element("tr", {}, element("td"), ...KINDS.map((kind) => element("th", { scope: "col" }, element("abbr", { title: words[kind] }, kind.toUpperCase()))), head)),
    element("tbody", {}, row("test"), row("last")));
  return {
    node,
    update(measure, test, last) {
      head.textContent = words[measure];
      for (const [name, counts] of [["test", test], ["last", last]]) {
        KINDS.forEach((kind, index) => { cells[`${name}-${kind}`].textContent = counts ? String(counts[index]) : "–"; });
        const [over, under] = counts ? fraction(measure, ...counts) : [0, 0];
        cells[`${name}-value`].textContent = under ? `${over}/${under} = ${(over / under).toFixed(3)}` : "–";
      }
    },
  };
}

function build(model, root) {
  const words = model.get("words")[model.get("language")];
  const counts = model.get("counts");
  const { draws: most, least, times: timesList, seed: largestSeed } = model.get("limits");
  const base = counts.reduce((sum, count) => sum + count, 0);
  const settings = Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
  const visited = new Map();
  let test = null;
  let drawn = null;
  let found = null;
  let stale = true;
  let colours = null;

  // What stands on the page
  const measure = element("select", { "data-setting": "measure" }, ...MEASURES.map((name) => element("option", { value: name }, words[name])));
  const range = (name, min, max) => element("input", { type: "range", min: String(min), max: String(max), step: "1", "data-setting": name });
  const sliders = {
    times: range("times", 0, timesList.length - 1),
    positives: range("positives", 1, base - 1),
    draws: range("draws", 0, most),
  };
  const readings = Object.fromEntries(Object.keys(sliders).map((name) => [name, element("span", { class: "imgrec-reading" })]));
  const seed = element("input", { type: "number", min: "0", max: String(largestSeed), step: "1", "data-setting": "seed" });
  const setting = (name, ...parts) => element("label", { class: "imgrec-setting" },
    element("span", { class: "imgrec-name" }, words[name]), element("span", { class: "imgrec-row" }, ...parts));
  const button = (text, press) => {
    const node = element("button", { type: "button" }, text);
    node.addEventListener("click", press);
    return node;
  };
  const steps = [1, 10, 100, most];
  const buttons = steps.map((step) => button(fillIn(words.draw, { count: step }), () => change({ draws: Math.min(most, settings.draws + step) })));
  const again = button(words.again, () => {
    visited.clear();
    change({ draws: 0 });
    buttons[0].disabled = false;
    buttons[0].focus(); // the button under the hand goes to sleep
  });
  const tokens = element("canvas", { role: "img", class: "imgrec-tokens" });
  const histogram = element("canvas", { role: "img", class: "imgrec-histogram" });
  const widths = element("canvas", { role: "img", class: "imgrec-widths" });
  const key = (name) => element("span", { class: `imgrec-${name}` }, element("i", {}), words[name]);
  const keys = (...nodes) => element("div", { class: "imgrec-keys" }, ...nodes);
  const table = countsTable(words);
  const result = element("p", { class: "imgrec-result" });
  const note = element("div", { class: "imgrec-note" });
  const announcement = element("div", { class: "imgrec-hidden", "aria-live": "polite" });
  root.replaceChildren(
    element("div", { class: "imgrec-settings" },
      setting("measure", measure), setting("times", sliders.times, readings.times),
      setting("positives", sliders.positives, readings.positives), setting("seed", seed)),
    element("div", { class: "imgrec-charts" },
      element("figure", {}, element("figcaption", {}, words.tokens), tokens,
        keys(...["tp", "fn", "fp", "tn"].map(key), element("small", {}, words.tokens_hint))),
      element("figure", {}, element("figcaption", {}, words.histogram), histogram,
        keys(...["estimate", "middle", "last"].map(key)))),
    element("div", { class: "imgrec-controls" }, element("div", { class: "imgrec-buttons" }, ...buttons, again),
      element("label", { class: "imgrec-scrub" }, element("span", { class: "imgrec-hidden" }, words.draws),
        element("span", { class: "imgrec-row" }, sliders.draws, readings.draws))),
    element("div", { class: "imgrec-charts" },
      element("div", {}, table.node, result, note),
      element("figure", {}, element("figcaption", {}, words.widths), widths, keys(...["here", "line", "other"].map(key)))),
    announcement);

  // Counting
  const count = () => {
    if (stale) {
      test = testOf(counts, settings);
      drawn = resampling(test, settings.seed, most);
      stale = false;
    }
    const ready = drawn.counted(settings.draws, PATIENCE);
    const of = summary(drawn.cells, ready, settings.measure);
    found = {
      ...of, ready, images: drawn.images,
      ...(settings.draws ? drawn.one(settings.draws - 1) : { taken: null, last: null }),
      estimate: valueOf(settings.measure, ...test),
      shown: ready >= least && of.sorted.length > 0,
    };
  };
  /** Widths of all three measures at these settings, to be compared with those to come. */
  const remember = () => {
    if (stale || !found || found.ready < Math.max(least, settings.draws)) return;
    const width = (name) => {
      const { low, high } = summary(drawn.cells, settings.draws, name);
      return high - low;
    };
    const { times, positives } = settings;
    visited.set(`${times} ${positives}`, { times, positives, widths: Object.fromEntries(MEASURES.map((name) => [name, width(name)])) });
  };

  // Saying it
  const written = (value) => (Number.isNaN(value) ? "–" : value.toFixed(3));
  const said = () => {
    if (!settings.draws) return words.nothing;
    const values = {
      measure: words[settings.measure], value: written(found.estimate), draws: found.ready, seed: settings.seed, least,
      low: written(found.low), high: written(found.high), width: written(found.high - found.low),
    };
    return capital(fillIn(found.shown ? words.result : words.few, values));
  };
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const noted = () => {
    const missing = found.ready - found.sorted.length;
    if (found.ready && missing === found.ready) return words.none;
    const same = found.shown && found.sorted[0] === found.sorted[found.sorted.length - 1];
    return [missing ? fillIn(words.undefined, { count: missing }) : "", same ? words.same : ""].filter(Boolean).join(" ");
  };
  const describe = () => {
    const list = (values) => KINDS.map((kind, index) => `${words[kind]} ${values[index]}`).join(", ");
    const last = found.last ? ` ${words.last}: ${list(found.last)}.` : "";
    tokens.setAttribute("aria-label", `${words.test}: ${list(test)}.${last}`);
    histogram.setAttribute("aria-label", `${words.histogram}. ${said()} ${noted()}`.trim());
    const seen = [...visited.values()].map((one) => `${fillIn(words.positives_said, positivesOf(one))}: ${written(one.widths[settings.measure])}`);
    widths.setAttribute("aria-label", [words.widths, words[settings.measure], ...seen].join(". "));
    return `${said()} ${noted()}`.trim();
  };
  const rest = whenQuiet(() => {
    remember();
    announcement.textContent = describe();
    redraw(); // the width just remembered appears
  }, 400);
  const tell = () => {
    const news = SETTINGS.filter((name) => model.get(name) !== settings[name]);
    for (const name of news) model.set(name, settings[name]);
    if (news.length) model.save_changes();
  };
  const send = whenQuiet(tell, 150);

  // Drawing
  const positivesOf = ({ times, positives }) => ({
    count: times * positives, images: times * base, percent: ((100 * positives) / base).toFixed(positives < 0.1 * base ? 1 : 0),
  });
  const write = () => {
    const texts = {
      times: fillIn(words.times_said, { images: settings.times * base, times: settings.times }),
      positives: fillIn(words.positives_said, positivesOf(settings)),
      draws: fillIn(words.draws_said, { count: settings.draws }),
    };
    for (const [name, text] of Object.entries(texts)) {
      readings[name].textContent = text;
      sliders[name].setAttribute("aria-valuetext", text);
    }
    sliders.times.value = String(timesList.indexOf(settings.times));
    sliders.positives.value = String(settings.positives);
    sliders.draws.value = String(settings.draws);
    measure.value = settings.measure;
    if (document.activeElement !== seed) seed.value = String(settings.seed);
    for (const node of buttons) node.disabled = settings.draws === most;
    again.disabled = settings.draws === 0;
    table.update(settings.measure, test, found.last);
    result.textContent = said();
    note.textContent = noted();
  };
  const draw = () => {
    if (!colours) return;
    count();
    write();
    const last = found.last ? valueOf(settings.measure, ...found.last) : NaN;
    const state = { ...settings, ...found, last, counts: test, base, timesList, visited: [...visited.values()] };
    drawTokens(tokens, state, colours);
    drawHistogram(histogram, state, words, colours);
    drawWidths(widths, state, words, colours);
    for (const name of SETTINGS) root.dataset[name] = String(settings[name]);
    for (const name of ["estimate", "low", "high", "last"]) root.dataset[name] = String(state[name]);
    root.dataset.counted = String(found.ready);
    root.dataset.test = test.join(" ");
    root.dataset.remembered = String(visited.size);
    root.dataset.redraws = String(Number(root.dataset.redraws || 0) + 1);
    if (found.ready < settings.draws) redraw();
  };
  const redraw = oncePerFrame(draw);

  // Changing
  function change(some) {
    stale ||= Object.keys(some).some((name) => ["times", "positives", "seed"].includes(name));
    Object.assign(settings, some);
    redraw();
    rest();
    send();
  }
  measure.addEventListener("change", () => change({ measure: measure.value }));
  sliders.times.addEventListener("input", () => change({ times: timesList[Number(sliders.times.value)] }));
  sliders.positives.addEventListener("input", () => change({ positives: Number(sliders.positives.value) }));
  sliders.draws.addEventListener("input", () => change({ draws: Number(sliders.draws.value) }));
  const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 100, PageDown: -100, Home: -most, End: most };
  sliders.draws.addEventListener("keydown", (event) => {
    if (!STEPS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    change({ draws: Math.max(0, Math.min(most, settings.draws + STEPS[event.key])) });
  });
  seed.addEventListener("input", () => {
    const value = Number(seed.value);
    if (seed.value !== "" && Number.isInteger(value) && value >= 0 && value <= largestSeed) change({ seed: value });
  });
  seed.addEventListener("blur", () => { seed.value = String(settings.seed); });

  // Each setting for itself: while one is told to Python, another may still wait to be.
  const fromPython = SETTINGS.map((name) => [`change:${name}`, () => {
    if (model.get(name) === settings[name]) return;
    settings[name] = model.get(name);
    stale ||= ["times", "positives", "seed"].includes(name);
    redraw();
    rest();
  }]);
  for (const [event, listen] of fromPython) model.on(event, listen);
  const undress = dressed(root, model.get("palette"), (now) => {
    colours = now;
    redraw();
  });
  count();
  describe();

  return () => {
    for (const [event, listen] of fromPython) model.off(event, listen);
    tell(); // a view that goes away at once must not take the last move with it
    undress();
    for (const waiting of [redraw, rest, send]) waiting.cancel();
  };
}

export default explorer("resampling", build);
