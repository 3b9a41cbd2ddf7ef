// The threshold explorer. Everything is computed here, from scores and labels that came once.

/** What the scores and labels say, arranged so that any threshold is answered by one binary search. */
function prepareScores(model) {
  const scores = typedArray(Float64Array, model.get("scores"));
  const labels = typedArray(Uint8Array, model.get("labels"));
  const order = Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b] || a - b);
  const sorted = Float64Array.from(order, (index) => scores[index]);
  // positivesBefore[i]: positives among the i lowest scores
  const positivesBefore = new Int32Array(order.length + 1);
  order.forEach((index, rank) => { positivesBefore[rank + 1] = positivesBefore[rank] + labels[index]; });
  return { scores, labels, order, sorted, positivesBefore, positives: positivesBefore[order.length] };
}

/** How many scores lie below the threshold. */
function countBelow(sorted, threshold) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < threshold) low = middle + 1; else high = middle;
  }
  return low;
}

/** The confusion matrix and what follows from it; null where nothing is divided by. */
function decide(data, threshold) {
  const below = countBelow(data.sorted, threshold);
  const fn = data.positivesBefore[below];
  const tn = below - fn;
  const tp = data.positives - fn;
  const fp = data.sorted.length - below - tp;
  return {
    tp, fp, fn, tn,
    precision: tp + fp ? tp / (tp + fp) : null,
    recall: tp + fn ? tp / (tp + fn) : null,
    f1: tp + fp + fn ? (2 * tp) / (2 * tp + fp + fn) : null,
  };
}

/** The shortest number, of three decimals or more, that returns just what this score returns. */
function shortThreshold(data, score) {
  const below = data.sorted[countBelow(data.sorted, score) - 1] ?? -1;
  for (let decimals = 3; decimals < 9; decimals += 1) {
    const shorter = Math.floor(score * 10 ** decimals) / 10 ** decimals;
    if (shorter > below && shorter <= score) return shorter;
  }
  return score;
}

/** Points of the precision–recall curve, from the strictest threshold to the loosest. */
function curvePoints(data) {
  const points = [];
  for (let rank = data.sorted.length - 1; rank >= 0; rank -= 1) {
    if (rank === 0 || data.sorted[rank] !== data.sorted[rank - 1]) {
      points.push({ threshold: data.sorted[rank], ...decide(data, data.sorted[rank]) });
    }
  }
  return points;
}

const MARGIN = { left: 52, right: 14, top: 10, bottom: 32 };
const CHART_HEIGHT = 220;
const BINS = 50;

function histogram(data) {
  const up = new Int32Array(BINS);
  const down = new Int32Array(BINS);
  data.scores.forEach((score, index) => {
    const bin = Math.min(BINS - 1, Math.floor(score * BINS));
    (data.labels[index] ? up : down)[bin] += 1;
  });
  return { up, down, most: Math.max(1, ...up, ...down) };
}

/** A chart whose resting part is drawn once and then copied under what moves. */
function chart(canvas, drawResting, drawMoving) {
  const resting = document.createElement("canvas");
  let size = null;
  return {
    /** Draw all anew: after a change of size, theme or language. */
    reset(colours) {
      const width = canvas.clientWidth;
      if (!width) return;
      size = { width, height: CHART_HEIGHT, inner: width - MARGIN.left - MARGIN.right };
      sharpContext(canvas, width, CHART_HEIGHT);
      const context = sharpContext(resting, width, CHART_HEIGHT);
      context.clearRect(0, 0, width, CHART_HEIGHT);
      context.font = "11px system-ui, sans-serif";
      drawResting(context, size, colours);
    },
    draw(colours, state) {
      if (!size) return;
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, size.width, size.height);
      context.drawImage(resting, 0, 0, size.width, size.height);
      context.font = "11px system-ui, sans-serif";
      drawMoving(context, size, colours, state);
    },
    toX(fraction) { return MARGIN.left + fraction * (size ? size.inner : 0); },
    fromX(x) { return size ? Math.min(1, Math.max(0, (x - MARGIN.left) / size.inner)) : 0; },
  };
}

const HEIGHT = CHART_HEIGHT - MARGIN.top - MARGIN.bottom;

function drawAxis(context, size, colours, label) {
  context.fillStyle = colours.faint;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    context.fillText(String(tick), MARGIN.left + tick * size.inner, MARGIN.top + HEIGHT + 4);
  }
  context.fillStyle = colours.text;
  context.fillText(label, MARGIN.left + size.inner / 2, MARGIN.top + HEIGHT + 17);
}

/** Round counts to write beside the bars: 1, 2 or 5 times a power of ten, far enough from each other. */
function countTicks(most, height) {
  const ticks = [];
  for (let power = 10 ** Math.floor(Math.log10(most)); power >= 1; power /= 10) {
    for (const count of [5 * power, 2 * power, power]) {
      const y = height(count);
      if (count <= most && y >= 14 && (!ticks.length || height(ticks[ticks.length - 1]) - y >= 18)) ticks.push(count);
    }
  }
  return ticks;
}

function histogramChart(canvas, data, words) {
  const bins = histogram(data);
  const middle = MARGIN.top + HEIGHT / 2;
  // The height grows with the square root of the count: beside a frequent class a rare one stays visible.
  const height = (count) => (HEIGHT / 2 - 4) * Math.sqrt(count / bins.most);
  return chart(
    canvas,
    (context, size, colours) => {
      const width = size.inner / BINS;
      const hatched = hatching(context, colours.negative);
      for (let bin = 0; bin < BINS; bin += 1) {
        const x = MARGIN.left + bin * width;
        context.fillStyle = colours.positive;
        context.fillRect(x, middle - height(bins.up[bin]), width - 1, height(bins.up[bin]));
        if (bins.down[bin]) {
          context.fillStyle = hatched;
          context.fillRect(x, middle, width - 1, height(bins.down[bin]));
          context.strokeStyle = colours.negative;
          context.strokeRect(x + 0.5, middle + 0.5, width - 2, height(bins.down[bin]) - 1);
        }
      }
      context.fillStyle = colours.line;
      context.fillRect(MARGIN.left, middle, size.inner, 1);
      context.textAlign = "right";
      context.textBaseline = "middle";
      for (const count of countTicks(bins.most, height)) {
        for (const y of [middle - height(count), middle + height(count)]) {
          context.fillStyle = colours.line;
          context.fillRect(MARGIN.left - 4, Math.round(y), 4, 1);
          context.fillStyle = colours.faint;
          context.fillText(String(count), MARGIN.left - 7, y);
        }
      }
      for (const [word, count, y] of [["positive", data.positives, 0.25], ["negative", data.labels.length - data.positives, 0.75]]) {
        context.save();
        context.translate(10, MARGIN.top + HEIGHT * y);
        context.rotate(-Math.PI / 2);
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.font = "600 12px system-ui, sans-serif";
        context.fillStyle = colours[word];
        context.fillText(`${words[word]} ${count}`, 0, 0, HEIGHT / 2 - 8);
        context.restore();
      }
      drawAxis(context, size, colours, words.score);
    },
    (context, size, colours, state) => {
      const x = MARGIN.left + state.threshold * size.inner;
      context.globalAlpha = 0.1;
      context.fillStyle = colours.text;
      context.fillRect(x, MARGIN.top, MARGIN.left + size.inner - x, HEIGHT);
      context.globalAlpha = 1;
      context.fillRect(x - 1, MARGIN.top, 2, HEIGHT);
      context.beginPath();
      context.arc(x, MARGIN.top + HEIGHT / 2, 8, 0, 2 * Math.PI);
      context.fill();
      context.fillStyle = colours.surface;
      context.fillRect(x - 3, MARGIN.top + HEIGHT / 2 - 3, 1.5, 6);
      context.fillRect(x + 1.5, MARGIN.top + HEIGHT / 2 - 3, 1.5, 6);
      context.fillStyle = colours.text;
      context.textBaseline = "top";
      const toTheRight = x < MARGIN.left + size.inner - 70;
      context.textAlign = toTheRight ? "left" : "right";
      context.fillText(toTheRight ? `${words.returned} →` : `${words.returned} ↗`, toTheRight ? x + 6 : x - 6, MARGIN.top + 1);
    },
  );
}

function curveChart(canvas, points, words, prevalence) {
  const toY = (precision) => MARGIN.top + (1 - precision) * HEIGHT;
  return chart(
    canvas,
    (context, size, colours) => {
      const toX = (recall) => MARGIN.left + recall * size.inner;
      context.textAlign = "right";
      context.textBaseline = "middle";
      for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
        context.fillStyle = colours.line;
        context.fillRect(MARGIN.left, toY(tick), size.inner, 1);
        context.fillRect(toX(tick), MARGIN.top, 1, HEIGHT);
        context.fillStyle = colours.faint;
        context.fillText(String(tick), MARGIN.left - 5, toY(tick));
      }
      context.save();
      context.translate(7, MARGIN.top + HEIGHT / 2);
      context.rotate(-Math.PI / 2);
      context.textAlign = "center";
      context.fillStyle = colours.text;
      context.fillText(words.precision, 0, 0);
      context.restore();
      context.strokeStyle = colours.chance;
      context.setLineDash([4, 4]);
      context.beginPath();
      context.moveTo(toX(0), toY(prevalence));
      context.lineTo(toX(1), toY(prevalence));
      context.stroke();
      context.setLineDash([]);
      context.textAlign = "left";
      context.textBaseline = prevalence < 0.9 ? "bottom" : "top";
      context.fillStyle = colours.faint;
      context.fillText(`${words.prevalence} ${prevalence.toFixed(2)}`, toX(0) + 5, toY(prevalence) + (prevalence < 0.9 ? -2 : 3));
      context.strokeStyle = colours.positive;
      context.lineWidth = 2;
      context.beginPath();
      points.forEach((point, index) => {
        // A staircase: between two thresholds recall does not exist, so nothing is interpolated.
        if (point.recall === null) return;
        if (index === 0) context.moveTo(toX(0), toY(point.precision));
        else context.lineTo(toX(points[index - 1].recall), toY(point.precision));
        context.lineTo(toX(point.recall), toY(point.precision));
      });
      context.stroke();
      context.lineWidth = 1;
      drawAxis(context, size, colours, words.recall);
    },
    (context, size, colours, state) => {
      if (state.precision === null || state.recall === null) return;
      context.beginPath();
      context.arc(MARGIN.left + state.recall * size.inner, toY(state.precision), 7, 0, 2 * Math.PI);
      context.fillStyle = colours.negative;
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = colours.surface;
      context.stroke();
      context.lineWidth = 1;
    },
  );
}

/** Thumbnails in three groups, those nearest to the threshold first, so that whoever changes sides is seen
 * doing so. Every image is made once; moving the threshold hides and shows. */
function gallery(model, data, words) {
  const node = element("div", { class: "imgrec-gallery" });
  const jpeg = model.get("thumbnails");
  if (!jpeg || !jpeg.byteLength) return { node, update() {}, destroy() {} };
  const address = URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" }));
  const size = model.get("thumbnail_size");
  const columns = model.get("thumbnail_columns");
  const positives = data.order.filter((index) => data.labels[index]);
  const negatives = data.order.filter((index) => !data.labels[index]);

  const thumbnail = (index) => {
    const word = data.labels[index] ? words.positive : words.negative;
    const text = `${word}, ${data.scores[index].toFixed(3)}`;
    const picture = element("span", { class: "imgrec-thumbnail", role: "img", "aria-label": text, title: text });
    picture.style.width = picture.style.height = `${size}px`;
    picture.style.backgroundImage = `url(${address})`;
    picture.style.backgroundPosition = `-${(index % columns) * size}px -${Math.floor(index / columns) * size}px`;
    return picture;
  };
  /** One group: all images that it may ever hold, of which it shows the last ones. */
  const group = (name, indices) => {
    const count = element("span", { class: "imgrec-count" });
    const empty = element("span", { class: "imgrec-empty" }, words.none);
    const pictures = indices.map(thumbnail);
    const box = element("div", { class: "imgrec-pictures", tabindex: "0", role: "group", "aria-label": words[name] }, ...pictures, empty);
    node.append(element("section", { class: `imgrec-group imgrec-${name}` }, element("div", { class: "imgrec-caption" }, words[name], " ", count), box));
    let shown = indices.length;
    return (number) => {
      const [first, last] = [indices.length - Math.max(shown, number), indices.length - Math.min(shown, number)];
      for (let i = first; i < last; i += 1) pictures[i].hidden = number < shown;
      shown = number;
      count.textContent = String(number);
      empty.hidden = number > 0;
    };
  };
  const right = group("right", positives);
  const wrong = group("wrong", negatives);
  const missed = group("missed", positives.slice().reverse());
  return {
    node,
    update(state) {
      right(state.tp);
      wrong(state.fp);
      missed(state.fn);
    },
    destroy() { URL.revokeObjectURL(address); },
  };
}

/** The confusion matrix as a table whose numbers change. */
function decisions(words) {
  const cells = {};
  const cell = (name) => {
    cells[name] = element("b", { "data-count": name }, "0");
    return element("td", { class: `imgrec-${name}` }, cells[name], element("small", {}, words[name]));
  };
  const head = (text, scope) => element("th", { scope }, text);
  const node = element("table", { class: "imgrec-counts" },
    element("caption", { class: "imgrec-caption" }, words.counts),
    element("thead", {}, element("tr", {}, element("td"), head(words.returned, "col"), head(words.left, "col"))),
    element("tbody", {},
      element("tr", {}, head(words.positive, "row"), cell("tp"), cell("fn")),
      element("tr", {}, head(words.negative, "row"), cell("fp"), cell("tn"))));
  return { node, update(state) { for (const name of ["tp", "fp", "fn", "tn"]) cells[name].textContent = String(state[name]); } };
}

/** Which of precision and recall has nothing to divide by, in words. */
function undefinedMeasures(state, words) {
  return ["precision", "recall"]
    .filter((name) => state[name] === null)
    .map((name) => `${words[name]} ${words[`${name}_undefined`]}`);
}

/** Precision, recall and F1 as numbers with bars. */
function measures(words) {
  const node = element("div", { class: "imgrec-measures" });
  const parts = {};
  for (const name of ["precision", "recall", "f1"]) {
    const value = element("b", { "data-measure": name }, "–");
    const bar = element("span", { class: `imgrec-bar imgrec-bar-${name}` });
    parts[name] = { value, bar };
    node.append(element("span", {}, words[name]), element("span", { class: "imgrec-track" }, bar), value);
  }
  const note = element("div", { class: "imgrec-note" });
  node.append(note);
  return {
    node,
    update(state) {
      for (const [name, { value, bar }] of Object.entries(parts)) {
        value.textContent = state[name] === null ? "–" : state[name].toFixed(3);
        bar.style.width = `${100 * (state[name] || 0)}%`;
      }
      note.textContent = undefinedMeasures(state, words).join("; ");
    },
  };
}

const STEPS = { ArrowRight: 0.01, ArrowUp: 0.01, ArrowLeft: -0.01, ArrowDown: -0.01, PageUp: 0.1, PageDown: -0.1 };
const ENDS = { Home: 0, End: 1 };

function build(model, root) {
  const words = model.get("words")[model.get("language")];
  const data = prepareScores(model);
  const points = curvePoints(data);
  let threshold = model.get("threshold");
  let colours = {};

  const slider = element("input", {
    type: "range", min: "0", max: "1", step: "0.001", "aria-label": words.threshold,
  });
  // Not an <output>: that would be read aloud at every step; the announcement waits until the hand rests.
  const reading = element("span", { class: "imgrec-reading" });
  const best = element("button", { type: "button" }, words.best);
  const histogramCanvas = element("canvas", { role: "img", "aria-label": words.scores, class: "imgrec-handle" });
  const curveCanvas = element("canvas", { role: "img", "aria-label": words.curve });
  const announcement = element("div", { class: "imgrec-hidden", "aria-live": "polite" });
  const table = decisions(words);
  const numbers = measures(words);
  const pictures = gallery(model, data, words);

  root.replaceChildren(
    element("div", { class: "imgrec-charts" },
      element("figure", {}, element("figcaption", {}, words.scores, " ", element("small", {}, words.scale)), histogramCanvas,
        element("div", { class: "imgrec-control" }, element("span", { "aria-hidden": "true" }, words.threshold), slider, reading, best)),
      element("figure", {}, element("figcaption", {}, words.curve), curveCanvas)),
    element("div", { class: "imgrec-numbers" }, table.node, numbers.node),
    pictures.node, announcement);

  const charts = [
    histogramChart(histogramCanvas, data, words),
    curveChart(curveCanvas, points, words, data.positives / data.scores.length),
  ];

  /** What the two pictures show, for those who do not see them. */
  const describe = () => {
    const state = decide(data, threshold);
    const count = (name) => `${words[name]} ${state[name]}`;
    const measure = (name) => `${words[name]} ${state[name] === null ? words[`${name}_undefined`] : state[name].toFixed(2)}`;
    const at = `${words.threshold} ${threshold.toFixed(3)}: `;
    const measured = `${at}${measure("precision")}, ${measure("recall")}`;
    histogramCanvas.setAttribute("aria-label", `${words.scores}. ${at}${["tp", "fp", "fn", "tn"].map(count).join(", ")}`);
    curveCanvas.setAttribute("aria-label", `${words.curve}. ${measured}`);
    return measured;
  };
  const announce = whenQuiet(() => { announcement.textContent = describe(); }, 400);
  const tell = teller(model, () => ({ threshold }));
  const send = whenQuiet(tell, 150);

  const draw = () => {
    const state = { threshold, ...decide(data, threshold) };
    for (const one of charts) one.draw(colours, state);
    table.update(state);
    numbers.update(state);
    pictures.update(state);
    reading.textContent = threshold.toFixed(3);
    slider.value = String(threshold);
    slider.setAttribute("aria-valuetext", threshold.toFixed(3));
    root.dataset.redraws = String(Number(root.dataset.redraws || 0) + 1);
  };
  const redraw = oncePerFrame(draw);
  const move = (value) => {
    threshold = Math.min(1, Math.max(0, value));
    redraw();
    announce();
    send();
  };

  slider.addEventListener("input", () => move(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? STEPS[event.key] / 10 : STEPS[event.key];
    const goal = ENDS[event.key] ?? threshold + step;
    if (Number.isNaN(goal) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    move(Number(goal.toFixed(6)));
  });
  best.addEventListener("click", () => {
    const top = points.reduce((found, point) => ((point.f1 || 0) > (found.f1 || 0) ? point : found), points[0]);
    move(shortThreshold(data, top.threshold));
  });
  followPointer(histogramCanvas, slider, (event) => {
    const fraction = charts[0].fromX(event.clientX - histogramCanvas.getBoundingClientRect().left);
    move(Number(fraction.toFixed(3))); // what decides is what is read
  });

  const stopListening = listenTo(model, {
    "change:threshold": () => {
      if (model.get("threshold") === threshold) return;
      threshold = model.get("threshold");
      redraw();
      describe();
    },
  });
  const undress = dressed(root, model.get("palette"), (now) => {
    colours = now;
    for (const one of charts) one.reset(colours);
    redraw();
  });
  describe();

  return () => {
    stopListening();
    tell(); // a view that goes away at once must not take the last move with it
    undress();
    pictures.destroy();
    for (const waiting of [redraw, announce, send]) waiting.cancel();
  };
}

export default explorer("threshold", build);
