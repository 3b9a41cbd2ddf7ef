// Training curves. Python sends numbers; what is drawn of them is decided here.

const MARGIN = { left: 52, right: 12, top: 10, bottom: 34 };
const CHART_HEIGHT = 210;
const HEIGHT = CHART_HEIGHT - MARGIN.top - MARGIN.bottom;

/** Round numbers that divide an interval into about four. */
function roundTicks(low, high) {
  const raw = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) ticks.push(i * step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return ticks.map((value) => ({ value, text: value.toFixed(decimals) }));
}

function quantile(values, share) {
  const sorted = Float32Array.from(values).sort();
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : 0;
}

/** What has come so far, in the form in which it is drawn. */
function read(model) {
  const losses = typedArray(Float32Array, model.get("batch_losses"));
  const rates = typedArray(Float32Array, model.get("rates"));
  const rows = model.get("rows");
  const steps = model.get("steps") || losses.length || 1;
  const column = (index) => rows.map((row, epoch) => [epoch + 1, row[index]]);
  const batches = (values) => Array.from(values, (value, index) => [(index + 1) / steps, value]);
  const f1 = rows.flatMap((row) => [row[2], row[3]]);
  return {
    rows,
    epochs: model.get("epochs"),
    rate: { low: 0, high: 1.1 * Math.max(1e-9, ...rates), lines: [{ points: batches(rates), colour: "chance", width: 2 }] },
    loss: {
      low: 0,
      // The first batches would flatten all others.
      high: 1.1 * Math.max(1e-6, quantile(losses, 0.95), ...rows.flatMap((row) => [row[0], row[1]])),
      lines: [
        { points: batches(losses), colour: "chance", width: 0.7, name: "batches" },
        { points: column(0), colour: "positive", width: 2, mark: "circle", name: "training" },
        { points: column(1), colour: "negative", width: 2, mark: "square", dash: [6, 4], name: "validation" },
      ],
    },
    f1: {
      low: f1.length ? Math.max(0, Math.min(...f1) - 0.02) : 0,
      high: f1.length ? Math.min(1, Math.max(...f1) + 0.02) : 1,
      lines: [
        { points: column(2), colour: "positive", width: 2, mark: "circle", name: "training" },
        { points: column(3), colour: "negative", width: 2, mark: "square", dash: [6, 4], name: "validation" },
      ],
    },
  };
}

function drawChart(canvas, data, epochs, words, colours) {
  const width = canvas.clientWidth;
  if (!width) return;
  const context = sharpContext(canvas, width, CHART_HEIGHT);
  const inner = width - MARGIN.left - MARGIN.right;
  const toX = (epoch) => MARGIN.left + (epoch / epochs) * inner;
  const toY = (value) => MARGIN.top + (1 - (value - data.low) / (data.high - data.low)) * HEIGHT;
  context.clearRect(0, 0, width, CHART_HEIGHT);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of roundTicks(data.low, data.high)) {
    context.fillStyle = colours.line;
    context.fillRect(MARGIN.left, toY(tick.value), inner, 1);
    context.fillStyle = colours.faint;
    context.fillText(tick.text, MARGIN.left - 6, toY(tick.value));
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  const every = Math.max(1, Math.ceil(epochs / 8));
  for (let epoch = 0; epoch <= epochs; epoch += every) context.fillText(String(epoch), toX(epoch), MARGIN.top + HEIGHT + 5);
  context.fillStyle = colours.text;
  context.fillText(words.epoch, MARGIN.left + inner / 2, MARGIN.top + HEIGHT + 19);

  context.save();
  context.beginPath();
  context.rect(MARGIN.left - 5, MARGIN.top - 5, inner + 10, HEIGHT + 10);
  context.clip();
  for (const line of data.lines) {
    context.strokeStyle = context.fillStyle = colours[line.colour];
    context.lineWidth = line.width;
    context.setLineDash(line.dash || []);
    context.beginPath();
    line.points.forEach(([epoch, value], index) => context[index ? "lineTo" : "moveTo"](toX(epoch), toY(value)));
    context.stroke();
    context.setLineDash([]);
    if (line.mark) for (const [epoch, value] of line.points) drawMark(context, line.mark, toX(epoch), toY(value));
  }
  context.restore();
  drawLegend(context, data, words, colours, width);
}

function drawMark(context, mark, x, y) {
  context.beginPath();
  if (mark === "circle") context.arc(x, y, 4, 0, 2 * Math.PI);
  else context.rect(x - 3.5, y - 3.5, 7, 7);
  context.fill();
}

/** Names of the lines, in the corner that curves leave free: top where they fall, bottom where they rise. */
function drawLegend(context, data, words, colours, width) {
  const named = data.lines.filter((line) => line.name);
  const atTop = named.some((line) => line.name === "batches");
  named.forEach((line, index) => {
    const y = atTop ? MARGIN.top + 8 + 15 * index : MARGIN.top + HEIGHT - 9 - 15 * (named.length - 1 - index);
    const x = width - MARGIN.right - 8;
    context.strokeStyle = context.fillStyle = colours[line.colour];
    context.lineWidth = line.width;
    context.setLineDash(line.dash || []);
    context.beginPath();
    context.moveTo(x - 24, y);
    context.lineTo(x, y);
    context.stroke();
    context.setLineDash([]);
    if (line.mark) drawMark(context, line.mark, x - 12, y);
    context.fillStyle = colours.text;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(words[line.name], x - 30, y);
  });
  context.lineWidth = 1;
}

function build(model, root) {
  const words = model.get("words")[model.get("language")];
  let colours = {};
  const names = ["rate", "loss", "f1"];
  const canvases = Object.fromEntries(names.map((name) => [name, element("canvas", { role: "img", "aria-label": words[name] })]));
  const status = element("div", { class: "imgrec-status", "aria-live": "polite" }, words.waiting);
  root.replaceChildren(
    element("div", { class: "imgrec-charts" },
      ...names.map((name) => element("figure", {}, element("figcaption", {}, words[name]), canvases[name]))),
    status);

  /** The last epoch in words: under the charts, and for those who do not see them. */
  const tell = (data) => {
    if (!data.rows.length) return;
    const [loss, validationLoss, f1, validationF1] = data.rows[data.rows.length - 1].map((value) => value.toFixed(3));
    const at = { done: data.rows.length, epochs: data.epochs };
    const of = {
      loss: fillIn(words.loss_said, { ...at, training: loss, validation: validationLoss }),
      f1: fillIn(words.f1_said, { ...at, training: f1, validation: validationF1 }),
    };
    for (const [name, text] of Object.entries(of)) canvases[name].setAttribute("aria-label", text);
    const text = `${of.loss} ${of.f1}`;
    if (status.textContent !== text) status.textContent = text;
  };
  const draw = () => {
    const data = read(model);
    for (const name of names) drawChart(canvases[name], data[name], data.epochs, words, colours);
    tell(data);
    root.dataset.redraws = String(Number(root.dataset.redraws || 0) + 1);
  };
  const redraw = oncePerFrame(draw);
  const changes = ["epochs", "steps", "batch_losses", "rates", "rows"].map((name) => `change:${name}`);
  for (const change of changes) model.on(change, redraw);
  const undress = dressed(root, model.get("palette"), (now) => {
    colours = now;
    redraw();
  });
  return () => {
    for (const change of changes) model.off(change, redraw);
    undress();
    redraw.cancel();
  };
}

export default explorer("training", build);
