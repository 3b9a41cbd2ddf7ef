// The kernel explorer. Everything is computed here, from an image that came once.

const LARGEST_KERNEL = 5;
const LARGEST_WEIGHT = 100;
const TALLEST = 340; // CSS pixels of a picture
const RATES = [2, 10, 60]; // windows a second
const MARK = "#F0E442"; // yellow within black: seen on every grey, on blue and on vermilion

/** A square array: rows of numbers. */
function square(size, valueAt) {
  return Array.from({ length: size }, (_, row) => Array.from({ length: size }, (__, column) => valueAt(row, column)));
}

const only = (rows) => (size) => (size === rows.length ? rows : null);

/** The example kernels; null where a kernel of this size has no such example. */
const PRESETS = {
  edge_vertical: (size) => (size > 1 ? square(size, (_, column) => Math.sign(2 * column - size + 1)) : null),
  edge_horizontal: (size) => (size > 1 ? square(size, (row) => Math.sign(2 * row - size + 1)) : null),
  blur: (size) => (size > 1 ? square(size, () => 1 / size ** 2) : null),
  sharpen: only([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
  emboss: only([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
  identity: (size) => (size % 2 ? square(size, (row, column) => Number(row === column && 2 * row === size - 1)) : null),
};

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// What is computed

/** Sizes: what one window spans, the padded image, the feature map (0 where no window fits). */
function geometry(image, { size, stride, padding, dilation }) {
  const span = dilation * (size - 1) + 1;
  const side = (length) => Math.max(0, Math.floor((length + 2 * padding - span) / stride) + 1);
  const [rows, columns] = [side(image.height), side(image.width)];
  return {
    span, rows, columns, count: rows * columns,
    height: image.height + 2 * padding, width: image.width + 2 * padding,
  };
}

/** The image with its rings of zeros, row by row. */
function pad(image, shape, padding) {
  const padded = new Float64Array(shape.height * shape.width);
  for (let row = 0; row < image.height; row += 1) {
    const pixels = image.pixels.subarray(row * image.width, (row + 1) * image.width);
    padded.set(pixels, (row + padding) * shape.width + padding);
  }
  return padded;
}

/** One window: its pixels, the products, and what becomes of them. */
function windowAt(world, index) {
  const { shape, padded, kernel, settings } = world;
  const [row, column] = [Math.floor(index / shape.columns), index % shape.columns];
  const [top, left] = [row * settings.stride, column * settings.stride];
  const pixels = [];
  const products = [];
  let sum = 0;
  let total = 0;
  let winner = 0;
  for (let i = 0; i < settings.size; i += 1) {
    for (let j = 0; j < settings.size; j += 1) {
      const pixel = padded[(top + i * settings.dilation) * shape.width + left + j * settings.dilation];
      const product = pixel * kernel[i][j];
      if (pixel > pixels[winner]) winner = pixels.length; // of equals the first
      pixels.push(pixel);
      products.push(product);
      total += pixel;
      sum += product;
    }
  }
  const value = { convolution: sum, max: pixels[winner], average: total / pixels.length }[settings.mode];
  return { row, column, top, left, pixels, products, total, winner, value };
}

/** Which rows (or columns) of the padded image some window reads, and how many are left over at the end. */
function reached(length, count, { size, stride, dilation }) {
  const read = new Array(length).fill(false);
  for (let window = 0; window < count; window += 1) {
    for (let i = 0; i < size; i += 1) read[window * stride + i * dilation] = true;
  }
  const end = read.lastIndexOf(true) + 1;
  return { read, leftOver: length - end, skipped: read.slice(0, end).includes(false) };
}

/** Lowest and highest value that get a colour: grey like the image where no number is negative,
 * else from vermilion over white (0) to blue, as far down as up. */
function colourScale(values, kernel, mode) {
  if (mode !== "convolution") return { lowest: 0, highest: 255 };
  const weights = kernel.flat();
  if (weights.every((weight) => weight >= 0)) {
    return { lowest: 0, highest: 255 * weights.reduce((sum, weight) => sum + weight, 0) || 1 };
  }
  const most = values.reduce((found, value) => Math.max(found, Math.abs(value)), 0) || 1;
  return { lowest: -most, highest: most };
}

/** Everything that follows from the image, the kernel and the settings. */
function compute(image, kernel, settings) {
  const shape = geometry(image, settings);
  const world = { shape, kernel, settings, padded: pad(image, shape, settings.padding) };
  world.values = Float64Array.from({ length: shape.count }, (_, index) => windowAt(world, index).value);
  world.scale = colourScale(world.values, kernel, settings.mode);
  world.down = reached(shape.height, shape.count ? shape.rows : 0, settings);
  world.across = reached(shape.width, shape.count ? shape.columns : 0, settings);
  return world;
}

// Numbers as text

/** A number as it is written in a small place: whole, or with so many digits that count; a real minus. */
function short(value, digits = 3) {
  const size = Math.abs(value);
  let rounded = value;
  if (!Number.isInteger(value)) rounded = size < 10 ** digits ? Number(value.toPrecision(size < 1 ? digits - 1 : digits)) : Math.round(value);
  const text = String(rounded).includes("e") ? rounded.toExponential(0) : String(rounded || 0);
  return text.replaceAll("-", "−");
}

/** Whether what is written is not the number itself. */
function isRounded(value, digits = 3) {
  return Math.abs(Number(short(value, digits).replaceAll("−", "-")) - value) > 1e-9;
}

/** The result with five digits that count, and a sign where there are more. */
function approximate(value) {
  return (isRounded(value, 5) ? "≈ " : "") + short(value, 5);
}

/** A kernel's number: 1/9 rather than 0.11, where it is such a fraction. */
function weightText(value) {
  if (isRounded(value) || String(value).length > 5) {
    for (let divisor = 3; divisor <= 25; divisor += 1) {
      const dividend = Math.round(value * divisor);
      if (dividend && Math.abs(dividend / divisor - value) < 1e-12) return `${short(dividend)}/${divisor}`;
    }
  }
  return short(value);
}

/** The number that somebody typed, also “1/9”, “−1”, “0,5” and “１”; null when it is none. */
function parseWeight(text) {
  const plain = text.normalize("NFKC").replace(/\s/g, "").replace(/[−–]/g, "-").replace(",", ".");
  const parts = plain.match(/^([+-]?(?:\d+\.?\d*|\.\d+))(?:\/(\d+\.?\d*|\.\d+))?$/);
  if (!parts) return null;
  const value = Number(parts[1]) / Number(parts[2] ?? 1);
  return Number.isFinite(value) ? value : null;
}

// Colours

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** The colour of a value on a scale, as [red, green, blue]. */
function colourOf(value, scale, palette) {
  if (scale.lowest === 0) {
    const grey = Math.round((255 * Math.max(0, Math.min(value, scale.highest))) / scale.highest);
    return [grey, grey, grey];
  }
  const strength = Math.min(1, Math.abs(value) / scale.highest);
  return rgb(value < 0 ? palette.negative : palette.positive).map((end) => Math.round(255 + (end - 255) * strength));
}

/** Black or white, whichever is read better on a colour. */
function inkOn(colour) {
  const [red, green, blue] = colour.map((part) => (part / 255 <= 0.04045 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#FFFFFF";
}

/** A pattern of minus signs: what is below zero is not told by colour alone. */
function minusPattern(context) {
  const ratio = window.devicePixelRatio || 1;
  const tile = document.createElement("canvas");
  tile.width = tile.height = Math.round(8 * ratio);
  const pen = tile.getContext("2d");
  pen.scale(tile.width / 8, tile.width / 8);
  pen.fillStyle = "#000000";
  pen.globalAlpha = 0.5;
  pen.fillRect(0.5, 2, 3, 1);
  pen.fillRect(4.5, 6, 3, 1);
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(8 / tile.width));
  return pattern;
}

// The two pictures

/** A small canvas with one pixel for each value, to be enlarged. */
function pixelCanvas(rows, columns, colourAt) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  const picture = context.createImageData(columns, rows);
  for (let index = 0; index < rows * columns; index += 1) {
    picture.data.set([...colourAt(index), 255], 4 * index);
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}

function outline(context, x, y, width, height, thickness = 2) {
  context.lineJoin = "round";
  for (const [colour, line] of [["#000000", thickness + 2], [MARK, thickness]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x, y, width, height);
  }
}

/** Rectangle of a block of cells on whole CSS pixels, as [x, y, width, height]. */
function block(cell, row, column, rows = 1, columns = 1) {
  const [x, y] = [Math.round(column * cell), Math.round(row * cell)];
  return [x, y, Math.round((column + columns) * cell) - x, Math.round((row + rows) * cell) - y];
}

/** A grid of cells on a canvas: a resting part that is drawn once and copied under what moves. */
function cellPicture(canvas) {
  const resting = document.createElement("canvas");
  let size = { rows: 0, columns: 0, cell: 1 };
  return {
    /** Draw all anew: rows × columns cells of `cell` CSS pixels. */
    reset(rows, columns, cell, drawResting) {
      size = { rows, columns, cell, width: Math.round(columns * cell), height: Math.round(rows * cell) };
      for (const one of [canvas, resting]) sharpContext(one, size.width, size.height);
      canvas.style.width = `${size.width}px`;
      const context = resting.getContext("2d");
      context.imageSmoothingEnabled = false;
      drawResting(context, size);
    },
    draw(drawMoving) {
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, size.width, size.height);
      drawMoving(context, size, () => context.drawImage(resting, 0, 0, size.width, size.height));
    },
    /** [row, column] of the cell under the mouse. */
    cellAt(event) {
      const box = canvas.getBoundingClientRect();
      const place = (at, count) => Math.max(0, Math.min(count - 1, Math.floor(at / size.cell)));
      return [place(event.clientY - box.top, size.rows), place(event.clientX - box.left, size.columns)];
    },
  };
}

function drawGrid(context, { rows, columns, cell, width, height }, colour) {
  if (cell < 7) return;
  context.fillStyle = colour;
  for (let row = 1; row < rows; row += 1) context.fillRect(0, Math.round(row * cell), width, 1);
  for (let column = 1; column < columns; column += 1) context.fillRect(Math.round(column * cell), 0, 1, height);
}

/** Write into each cell what `textAt` says, where there is room for it. */
function drawNumbers(context, { rows, columns, cell }, textAt, inkAt) {
  context.font = `${Math.min(12, Math.floor(cell * 0.42))}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let index = 0; index < rows * columns; index += 1) {
    const text = textAt(index);
    if (!text) continue;
    context.fillStyle = inkAt(index);
    context.fillText(text, ((index % columns) + 0.5) * cell, (Math.floor(index / columns) + 0.5) * cell + 0.5, cell - 2);
  }
}

function drawImage(context, size, world, colours) {
  const { padded, shape, settings: { padding } } = world;
  const greyAt = (index) => new Array(3).fill(Math.round(padded[index]));
  context.drawImage(pixelCanvas(size.rows, size.columns, greyAt), 0, 0, size.width, size.height);
  drawGrid(context, size, "rgba(128, 128, 128, 0.45)");
  const isPadding = (index) => {
    const [row, column] = [Math.floor(index / size.columns), index % size.columns];
    return Math.min(row, size.rows - 1 - row, column, size.columns - 1 - column) < padding;
  };
  if (size.cell >= 24) {
    drawNumbers(context, size, (index) => short(padded[index]), (index) => inkOn(greyAt(index)));
  } else if (size.cell >= 8) {
    drawNumbers(context, size, (index) => (isPadding(index) ? "0" : ""), () => "#C0C0C0");
  }
  if (shape.count) {
    const unread = new Path2D();
    for (let row = 0; row < size.rows; row += 1) {
      for (let column = 0; column < size.columns; column += 1) {
        if (!(world.down.read[row] && world.across.read[column])) unread.rect(...block(size.cell, row, column));
      }
    }
    context.fillStyle = "rgba(255, 255, 255, 0.45)";
    context.fill(unread);
    context.fillStyle = hatching(context, "#B34700");
    context.fill(unread);
  }
  if (padding) {
    const frame = block(size.cell, padding, padding, size.rows - 2 * padding, size.columns - 2 * padding);
    context.lineWidth = 2;
    context.strokeStyle = "#000000";
    context.strokeRect(...frame);
    context.setLineDash([4, 3]);
    context.strokeStyle = "#FFFFFF";
    context.strokeRect(...frame);
    context.setLineDash([]);
  }
  context.lineWidth = 1;
  context.strokeStyle = colours.faint;
  context.strokeRect(0.5, 0.5, size.width - 1, size.height - 1);
}

/** The window over the image: its outline; with dilation also the pixels that it touches. */
function drawWindow(context, { cell }, world, shown, highlighted) {
  const { size, dilation } = world.settings;
  const at = (place) => block(cell, shown.top + Math.floor(place / size) * dilation, shown.left + (place % size) * dilation);
  const around = block(cell, shown.top, shown.left, world.shape.span, world.shape.span);
  if (dilation > 1 && size > 1) {
    context.setLineDash([5, 4]);
    outline(context, ...around, 1.5);
    context.setLineDash([]);
    for (let place = 0; place < size * size; place += 1) outline(context, ...at(place), cell < 8 ? 1 : 2);
  } else {
    outline(context, ...around);
  }
  const special = highlighted ?? (world.settings.mode === "max" ? shown.winner : null);
  if (special === null) return;
  const [x, y, width, height] = at(special);
  for (const [colour, line] of [["#000000", 4], ["#FFFFFF", 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x + 2, y + 2, Math.max(1, width - 4), Math.max(1, height - 4));
  }
}

function drawMap(context, size, world, palette, colours) {
  const { values, scale } = world;
  const colourAt = (index) => colourOf(values[index], scale, palette);
  context.drawImage(pixelCanvas(size.rows, size.columns, colourAt), 0, 0, size.width, size.height);
  const written = size.cell >= 28;
  if (scale.lowest < 0 && !written) {
    const below = new Path2D();
    values.forEach((value, index) => {
      if (value < -0.08 * scale.highest) below.rect(...block(size.cell, Math.floor(index / size.columns), index % size.columns));
    });
    context.fillStyle = minusPattern(context);
    context.fill(below);
  }
  drawGrid(context, size, "rgba(128, 128, 128, 0.45)");
  if (written) drawNumbers(context, size, (index) => short(Number(values[index].toPrecision(3))), (index) => inkOn(colourAt(index)));
  context.lineWidth = 1;
  context.strokeStyle = colours.faint;
  context.strokeRect(0.5, 0.5, size.width - 1, size.height - 1);
}

/** The cells filled so far; of the others there is only a dot. */
function drawFilled(context, size, filled, copyResting, colours) {
  const whole = Math.floor(filled / size.columns);
  context.fillStyle = colours.surface;
  context.fillRect(0, 0, size.width, size.height);
  context.fillStyle = colours.faint;
  const dot = size.cell < 7 ? 1 : 2;
  for (let index = filled; index < size.rows * size.columns; index += 1) {
    const [x, y, width, height] = block(size.cell, Math.floor(index / size.columns), index % size.columns);
    context.fillRect(Math.floor(x + (width - dot) / 2), Math.floor(y + (height - dot) / 2), dot, dot);
  }
  context.strokeStyle = colours.faint;
  context.lineWidth = 1;
  context.strokeRect(0.5, 0.5, size.width - 1, size.height - 1);
  context.save();
  context.beginPath();
  context.rect(...block(size.cell, 0, 0, whole, size.columns));
  context.rect(...block(size.cell, whole, 0, 1, filled % size.columns));
  context.clip();
  copyResting();
  context.restore();
}

/** The colour scale with its numbers. */
function legend(words) {
  const bar = element("canvas", { "aria-hidden": "true" });
  const ticks = element("div", { class: "imgrec-ticks" });
  const note = element("span", { class: "imgrec-faint" }, words.negative_legend);
  const node = element("div", { class: "imgrec-legend" }, bar, ticks, note);
  return {
    node,
    update(world, palette) {
      const { lowest, highest } = world.scale;
      const width = node.clientWidth;
      if (!width) return;
      const context = sharpContext(bar, width, 12);
      for (let x = 0; x < width; x += 1) {
        context.fillStyle = `rgb(${colourOf(lowest + ((highest - lowest) * x) / (width - 1), world.scale, palette)})`;
        context.fillRect(x, 0, 1, 12);
      }
      if (lowest < 0) {
        context.fillStyle = minusPattern(context);
        context.fillRect(0, 0, width * 0.485, 12);
      }
      note.hidden = lowest === 0;
      const numbers = lowest < 0 ? [lowest, 0, highest] : [0, highest];
      ticks.replaceChildren(...numbers.map((number) => element("span", {}, short(Number(number.toPrecision(4))))));
    },
  };
}

// Controls

/** A labelled choice. */
function choice(label, options, choose) {
  const select = element("select", {}, ...options.map(([value, text]) => element("option", { value }, text)));
  select.addEventListener("change", () => choose(select.value));
  return { node: element("label", {}, element("span", {}, label), select), select };
}

const upTo = (first, last) => Array.from({ length: last - first + 1 }, (_, step) => [String(first + step), String(first + step)]);

/** The numbers under the window, the kernel to type in, the products, and what becomes of them. */
function arithmetic(words, { type, highlight }) {
  const grid = (name) => element("div", { class: `imgrec-cells imgrec-${name}` });
  const grids = { under: grid("under"), kernel: grid("weights"), products: grid("products") };
  const captions = { under: element("div", { class: "imgrec-caption" }, words.under), kernel: element("div", { class: "imgrec-caption" }), products: element("div", { class: "imgrec-caption" }, words.products) };
  const term = (name) => element("div", { class: `imgrec-term imgrec-term-${name}` }, captions[name], grids[name]);
  const sign = (text) => element("span", { class: "imgrec-sign", "aria-hidden": "true" }, text);
  const resultCaption = element("div", { class: "imgrec-caption" });
  const result = element("b", { class: "imgrec-result" });
  const place = element("code", {});
  const [times, equals] = [sign("×"), sign("=")];
  const products = term("products");
  const rounded = element("div", { class: "imgrec-rounded imgrec-faint" }, words.rounded);
  grids.kernel.setAttribute("role", "group");
  for (const name of ["under", "products"]) grids[name].setAttribute("role", "img");
  const node = element("div", { class: "imgrec-arithmetic" },
    element("div", { class: "imgrec-terms" }, term("under"), times, term("kernel")),
    element("div", { class: "imgrec-terms" }, equals, products, sign("→"),
      element("div", { class: "imgrec-term imgrec-outcome" }, resultCaption, result, place)),
    rounded);

  let cells = { under: [], kernel: [], products: [] };
  const index = (event) => {
    const found = event.target.closest?.("[data-place]");
    return found ? Number(found.dataset.place) : null;
  };
  node.addEventListener("pointerover", (event) => highlight(index(event)));
  node.addEventListener("pointerleave", () => highlight(null));
  node.addEventListener("focusin", (event) => highlight(index(event)));
  node.addEventListener("focusout", () => highlight(null));

  const build = (size) => {
    const made = { under: [], kernel: [], products: [] };
    for (let at = 0; at < size * size; at += 1) {
      const [row, column] = [Math.floor(at / size), at % size];
      made.under.push(element("span", { "data-place": at }));
      made.products.push(element("span", { "data-place": at }));
      const input = element("input", {
        type: "text", inputmode: "decimal", role: "spinbutton", autocomplete: "off", spellcheck: "false", "data-place": at,
        "aria-label": fillIn(words.kernel_cell, { row, column }), "aria-valuemin": -LARGEST_WEIGHT, "aria-valuemax": LARGEST_WEIGHT,
      });
      type(input, row, column, () => made.kernel[(at + 1) % made.kernel.length].focus());
      made.kernel.push(input);
    }
    for (const name of Object.keys(grids)) grids[name].replaceChildren(...made[name]);
    node.style.setProperty("--imgrec-size", String(size));
    cells = made;
  };
  const put = (cell, text) => {
    cell[cell.localName === "input" ? "value" : "textContent"] = text;
    cell.classList.toggle("imgrec-long", text.length > 5);
  };
  const colour = (cell, colours) => {
    cell.style.backgroundColor = `rgb(${colours})`;
    cell.style.color = inkOn(colours);
  };
  return {
    node,
    /** After a change of the kernel or the mode. */
    reset(world) {
      const { size, mode } = world.settings;
      if (cells.kernel.length !== size * size) build(size);
      const convolution = mode === "convolution";
      captions.kernel.textContent = convolution ? words.kernel : words.unused;
      grids.kernel.setAttribute("aria-label", captions.kernel.textContent);
      for (const one of [times, equals, products]) one.hidden = !convolution;
      node.classList.toggle("imgrec-pooling", !convolution);
      world.kernel.flat().forEach((weight, at) => {
        const input = cells.kernel[at];
        if (input !== input.getRootNode().activeElement) put(input, weightText(weight));
        input.setAttribute("aria-valuenow", String(weight));
        input.setAttribute("aria-valuetext", weightText(weight));
        input.title = String(weight).replace("-", "−");
        input.disabled = !convolution;
      });
    },
    update(world, shown, highlighted, palette) {
      const { mode, size } = world.settings;
      const convolution = mode === "convolution";
      const most = Math.max(1, ...shown.products.map(Math.abs));
      shown.pixels.forEach((pixel, at) => {
        put(cells.under[at], short(pixel));
        colour(cells.under[at], new Array(3).fill(Math.round(pixel)));
        cells.under[at].classList.toggle("imgrec-winner", mode === "max" && at === shown.winner);
        if (convolution) {
          put(cells.products[at], short(shown.products[at]));
          colour(cells.products[at], colourOf(shown.products[at], { lowest: -1, highest: most }, palette));
        }
        for (const name of Object.keys(cells)) cells[name][at].classList.toggle("imgrec-twin", at === highlighted);
      });
      resultCaption.textContent = {
        convolution: words.sum,
        max: words.largest,
        average: fillIn(words.mean, { sum: short(shown.total, 5), count: size * size }),
      }[mode];
      result.textContent = approximate(shown.value);
      place.textContent = `feature_map[${shown.row}, ${shown.column}]`;
      rounded.hidden = ![...shown.pixels, ...(convolution ? shown.products : [])].some((number) => isRounded(number));
    },
    /** What the two grids show, for those who do not see them. */
    describe(shown) {
      grids.under.setAttribute("aria-label", `${words.under}: ${shown.pixels.map((number) => short(number)).join(", ")}`);
      grids.products.setAttribute("aria-label", `${words.products}: ${shown.products.map((number) => short(number)).join(", ")}`);
    },
    /** Without a window there is nothing to multiply. */
    empty() {
      for (const one of [...cells.under, ...cells.products]) {
        one.textContent = "";
        one.removeAttribute("style");
        one.classList.remove("imgrec-winner", "imgrec-twin");
      }
      for (const text of [resultCaption, result, place]) text.textContent = "";
      rounded.hidden = true;
      for (const name of ["under", "products"]) grids[name].setAttribute("aria-label", words[name]);
    },
  };
}

/** Calls `advance(windows)` as time goes by. */
function player(advance) {
  let frame = 0;
  return {
    playing: () => frame !== 0,
    start(rate) {
      let last = performance.now();
      let due = 0;
      const tick = (now) => {
        due += (Math.min(250, now - last) * rate()) / 1000;
        last = now;
        const whole = Math.floor(due);
        due -= whole;
        frame = requestAnimationFrame(tick);
        if (whole) advance(whole);
      };
      frame = requestAnimationFrame(tick);
    },
    stop() {
      cancelAnimationFrame(frame);
      frame = 0;
    },
  };
}

const SYNCED = ["kernel", "stride", "padding", "dilation", "mode", "position", "filled"];

function build(model, root) {
  const words = model.get("words")[model.get("language")];
  const palette = model.get("palette");
  const image = { height: model.get("height"), width: model.get("width") };
  const bytes = model.get("pixels");
  image.pixels = typedArray(bytes.byteLength === image.height * image.width ? Uint8Array : Float64Array, bytes);

  // The state. The kernel is the middle of a larger array, so that a size chosen and taken back loses nothing.
  const backing = square(LARGEST_KERNEL, () => 0);
  const settings = {};
  let position = model.get("position");
  let filled = model.get("filled");
  let anchor = null; // middle of the window, in pixels of the image
  let peek = null; // a window that the mouse points at
  let highlighted = null; // a place within the window
  let world = null;
  let colours = {};

  const offset = () => Math.floor((LARGEST_KERNEL - settings.size) / 2);
  const kernelRows = () => square(settings.size, (row, column) => backing[row + offset()][column + offset()]);
  const setKernel = (rows) => {
    settings.size = rows.length;
    for (const row of backing) row.fill(0);
    rows.forEach((row, i) => row.forEach((weight, j) => { backing[i + offset()][j + offset()] = weight; }));
  };
  setKernel(model.get("kernel"));
  for (const name of ["stride", "padding", "dilation", "mode"]) settings[name] = model.get(name);

  // What stands on the page
  const modes = ["convolution", "max", "average"];
  const choices = {
    mode: choice(words.mode, modes.map((mode) => [mode, words[mode]]), (value) => change({ mode: value })),
    preset: choice(words.preset, [...Object.keys(PRESETS), "own"].map((name) => [name, words[name]]), (name) => choosePreset(name)),
    size: choice(words.size, upTo(1, LARGEST_KERNEL), (value) => chooseSize(Number(value))),
    stride: choice(words.stride, upTo(1, 8), (value) => change({ stride: Number(value) })),
    padding: choice(words.padding, upTo(0, 8), (value) => change({ padding: Number(value) })),
    dilation: choice(words.dilation, upTo(1, 8), (value) => change({ dilation: Number(value) })),
  };
  const speed = choice(words.speed, RATES.map((rate) => [String(rate), fillIn(words.a_second, { count: rate })]), () => {});
  speed.select.value = "10";
  const button = (text, press) => {
    const node = element("button", { type: "button" }, text);
    node.addEventListener("click", press);
    return node;
  };
  const buttons = {
    play: button(`▶\uFE0E ${words.play}`, () => (tape.playing() ? pause() : play())),
    back: button(`← ${words.back}`, () => walk(-1)),
    step: button(`${words.step} →`, () => walk(1)),
    fill: button(words.fill, () => { pause(); filled = world.shape.count; refresh(); }),
    restart: button(words.restart, () => { pause(); filled = 1; go(0); }),
  };
  buttons.play.classList.add("imgrec-play");
  const reset = button(words.reset, () => backToStart());
  const slider = element("input", { type: "range", min: "0", step: "1", "aria-label": words.window });
  const reading = element("span", { class: "imgrec-reading" });
  const imageCanvas = element("canvas", { role: "img", class: "imgrec-image" });
  const mapCanvas = element("canvas", { role: "application", tabindex: "0", class: "imgrec-map" });
  const imageSize = element("small", {});
  const mapSize = element("small", {});
  const imageStage = element("div", { class: "imgrec-stage" }, imageCanvas);
  const noWindow = element("p", { class: "imgrec-nowindow" });
  const mapStage = element("div", { class: "imgrec-stage" }, mapCanvas, noWindow);
  const notes = element("div", { class: "imgrec-notes" });
  const sizes = element("div", { class: "imgrec-sizes" });
  const scale = legend(words);
  const complaint = element("div", { class: "imgrec-complaint" });
  const announcement = element("div", { class: "imgrec-hidden", "aria-live": "polite" });
  const sums = arithmetic(words, {
    type: typing,
    highlight: (place) => {
      if (place === highlighted) return;
      highlighted = place;
      redraw();
    },
  });
  const transport = element("div", { class: "imgrec-transport" },
    element("div", { class: "imgrec-buttons" }, ...Object.values(buttons), speed.node),
    element("div", { class: "imgrec-position" }, slider, reading));

  root.replaceChildren(
    element("div", { class: "imgrec-top" },
      element("div", { class: "imgrec-settings" }, ...Object.values(choices).map(({ node }) => node), reset),
      element("figure", {}, element("figcaption", {}, words.image, " ", imageSize), imageStage, notes),
      element("figure", {}, element("figcaption", {}, words.feature_map, " ", mapSize), mapStage, scale.node, sizes)),
    transport, sums.node, complaint, announcement);

  const pictures = { image: cellPicture(imageCanvas), map: cellPicture(mapCanvas) };

  // Saying it
  const resultText = (shown) => `feature_map[${shown.row}, ${shown.column}] ${isRounded(shown.value, 5) ? "" : "= "}${approximate(shown.value)}`;
  const describe = () => {
    const { shape, settings: { size, dilation, padding } } = world;
    if (!shape.count) {
      mapCanvas.setAttribute("aria-label", words.feature_map);
      imageCanvas.setAttribute("aria-label", words.image);
      return noWindow.textContent;
    }
    const shown = windowAt(world, position);
    const touched = (first) => Array.from({ length: size }, (_, i) => short(first - padding + i * dilation)).join(", ");
    imageCanvas.setAttribute("aria-label", fillIn(words.image_said, {
      height: image.height, width: image.width, rows: touched(shown.top), columns: touched(shown.left),
    }));
    mapCanvas.setAttribute("aria-label", fillIn(words.map_said, { height: shape.rows, width: shape.columns, result: resultText(shown) }));
    sums.describe(shown);
    return resultText(shown);
  };
  const announce = whenQuiet(() => {
    const said = describe();
    if (!complaint.textContent) announcement.textContent = said;
  }, 400);
  const local = () => ({ ...settings, kernel: kernelRows(), position, filled });
  const tell = () => {
    const now = local();
    const news = SYNCED.filter((name) => !same(model.get(name), now[name]));
    for (const name of news) model.set(name, now[name]);
    if (news.length) model.save_changes();
  };
  const send = whenQuiet(tell, 150);

  // Drawing
  const draw = () => {
    const { shape } = world;
    root.dataset.redraws = String(Number(root.dataset.redraws || 0) + 1);
    Object.assign(root.dataset, { rows: shape.rows, columns: shape.columns, filled, position });
    if (!shape.count) {
      pictures.image.draw((context, size, copyResting) => copyResting());
      sums.empty();
      reading.textContent = "";
      delete root.dataset.value;
      return;
    }
    const shown = windowAt(world, peek ?? position);
    root.dataset.value = String(shown.value);
    pictures.image.draw((context, size, copyResting) => {
      copyResting();
      drawWindow(context, size, world, shown, highlighted);
    });
    pictures.map.draw((context, size, copyResting) => {
      drawFilled(context, size, filled, copyResting, colours);
      const [x, y, width, height] = block(size.cell, shown.row, shown.column);
      outline(context, x - 1, y - 1, width + 2, height + 2);
    });
    sums.update(world, shown, highlighted, palette);
    const said = fillIn(words.window_of, { number: (peek ?? position) + 1, count: shape.count });
    reading.textContent = said;
    slider.value = String(position);
    slider.setAttribute("aria-valuetext", fillIn(words.window_of, { number: position + 1, count: shape.count }));
  };
  const redraw = oncePerFrame(draw);
  const refresh = () => {
    redraw();
    announce();
    send();
  };

  /** Draw the resting parts anew, in the present size and colours. */
  const lay = () => {
    const { shape } = world;
    const room = imageStage.clientWidth;
    if (!room) return;
    const fitting = (height, width) => Math.min(room / width, TALLEST / height);
    const cell = fitting(shape.height, shape.width);
    // The pictures' place keeps its height when padding makes the pixels smaller.
    imageStage.style.minHeight = `${Math.ceil(fitting(image.height, image.width) * image.height)}px`;
    pictures.image.reset(shape.height, shape.width, cell, (context, size) => drawImage(context, size, world, colours));
    if (shape.count) {
      pictures.map.reset(shape.rows, shape.columns, cell, (context, size) => drawMap(context, size, world, palette, colours));
    }
    scale.update(world, palette);
    redraw();
  };

  /** Everything on the page that follows from settings alone. */
  const write = () => {
    const { shape } = world;
    const { size, stride, padding, dilation, mode } = settings;
    for (const name of ["mode", "size", "stride", "padding", "dilation"]) choices[name].select.value = String(settings[name]);
    const kernel = kernelRows();
    choices.preset.select.value = Object.keys(PRESETS).find((name) => same(PRESETS[name](size), kernel)) ?? "own";
    choices.preset.select.disabled = mode !== "convolution";
    imageSize.textContent = `${image.height} × ${image.width}` + (padding ? ` → ${words.padded} ${shape.height} × ${shape.width}` : "");
    mapSize.textContent = shape.count ? `${shape.rows} × ${shape.columns}` : "";
    mapCanvas.hidden = scale.node.hidden = !shape.count;
    noWindow.hidden = Boolean(shape.count);
    noWindow.textContent = shape.count ? "" : fillIn(words.no_window, { span: shape.span, height: shape.height, width: shape.width });
    for (const one of [...Object.values(buttons), slider]) one.disabled = !shape.count;
    slider.max = String(Math.max(0, shape.count - 1));
    const lines = [padding ? `${words.grey_legend} · ${words.ring_legend}` : words.grey_legend];
    const { down, across } = world;
    if (shape.count && (down.leftOver || across.leftOver)) {
      const sentence = fillIn(words.left_over, { rows: down.leftOver, columns: across.leftOver });
      lines.push(sentence, ...(Math.max(down.leftOver, across.leftOver) <= padding ? [words.only_padding] : []));
    }
    if (shape.count && (down.skipped || across.skipped)) lines.push(words.skipped);
    if (padding && mode !== "convolution") lines.push(words.pooled_padding);
    if (shape.count) lines.push(words.hint);
    notes.replaceChildren(...lines.map((line) => element("div", {}, line)));
    const formula = (name, length, count) => element("div", {},
      `${words[name]} `, element("span", {}, `⌊(${length} + 2·${padding} − ${dilation}·(${size} − 1) − 1) / ${stride}⌋ + 1 = `.replaceAll(/ (?=[+−/])|(?<=[+−/]) /g, "\u2009"), element("b", {}, String(count))));
    sizes.replaceChildren(
      element("div", {}, "n → ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1"),
      ...(shape.count ? [formula("height", image.height, shape.rows), formula("width", image.width, shape.columns)] : []));
    sums.reset(world);
  };

  // Changing
  const middle = (index) => {
    const shown = windowAt(world, index);
    const half = (world.shape.span - 1) / 2 - settings.padding;
    return [shown.top + half, shown.left + half];
  };
  /** The window whose middle is nearest to a place of the image. */
  const nearest = ([row, column]) => {
    const half = (world.shape.span - 1) / 2 - settings.padding;
    const place = (at, count) => Math.max(0, Math.min(count - 1, Math.round((at - half) / settings.stride)));
    return place(row, world.shape.rows) * world.shape.columns + place(column, world.shape.columns);
  };
  const go = (index) => {
    if (!world.shape.count) return;
    position = Math.max(0, Math.min(world.shape.count - 1, index));
    filled = Math.max(filled, position + 1);
    anchor = middle(position);
    peek = null;
    refresh();
  };
  /** After any change of kernel or settings. */
  const renew = () => {
    const complete = world && filled >= world.shape.count;
    const before = world?.shape;
    world = compute(image, kernelRows(), { ...settings });
    const { shape } = world;
    peek = null;
    if (shape.count && before && !same(before, shape)) {
      if (anchor) position = nearest(anchor);
      filled = complete && before.count ? shape.count : position + 1;
    }
    write();
    lay();
  };
  const change = (some) => {
    Object.assign(settings, some);
    complaint.textContent = "";
    if (!geometry(image, settings).count) pause();
    renew();
    refresh();
  };
  const choosePreset = (name) => {
    if (name === "own") return write(); // chosen by typing, not here
    setKernel(PRESETS[name](settings.size) ?? PRESETS[name](3));
    change({});
  };
  const chooseSize = (size) => {
    const name = choices.preset.select.value;
    const rows = PRESETS[name]?.(size);
    if (rows) setKernel(rows);
    change({ size });
  };
  const backToStart = () => {
    pause();
    const { kernel, position: first, ...rest } = model.get("start");
    setKernel(kernel);
    change(rest);
    filled = first + 1;
    go(first);
  };

  // Stepping and playing
  const tape = player((windows) => {
    const last = world.shape.count - 1;
    go(Math.min(last, position + windows));
    if (position === last) pause();
  });
  const label = () => { buttons.play.textContent = tape.playing() ? `❚❚ ${words.pause}` : `▶\uFE0E ${words.play}`; };
  const pause = () => {
    tape.stop();
    label();
  };
  const play = () => {
    if (position >= world.shape.count - 1) position = 0;
    filled = position + 1; // what is to come is seen coming
    go(position);
    tape.start(() => Number(speed.select.value));
    label();
  };
  const walk = (windows) => {
    pause();
    go(position + windows);
  };

  /** What typing into a place of the kernel does. */
  function typing(input, row, column, next) {
    const weight = () => backing[row + offset()][column + offset()];
    const put = (value) => {
      backing[row + offset()][column + offset()] = value;
      change({});
    };
    const allowed = (value) => value !== null && Math.abs(value) <= LARGEST_WEIGHT;
    input.addEventListener("focus", () => input.select());
    input.addEventListener("input", () => {
      const value = parseWeight(input.value);
      if (allowed(value)) put(value);
      input.setAttribute("aria-invalid", String(!allowed(value)));
    });
    input.addEventListener("change", () => {
      const value = parseWeight(input.value);
      if (allowed(value)) return;
      const sentence = value === null ? words.not_a_number : words.too_large;
      complaint.textContent = fillIn(sentence, { text: input.value, value: weightText(weight()) });
      announcement.textContent = complaint.textContent;
    });
    input.addEventListener("blur", () => {
      input.value = weightText(weight());
      input.removeAttribute("aria-invalid");
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") return next();
      const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!direction || event.ctrlKey || event.metaKey || event.altKey) return undefined;
      event.preventDefault();
      const value = Number((weight() + direction * (event.shiftKey ? 0.1 : 1)).toFixed(6));
      if (!allowed(value)) return undefined;
      put(value);
      input.value = weightText(value);
      input.removeAttribute("aria-invalid");
      return undefined;
    });
  }

  /** Keys that move the window; both for the slider and for the map. */
  const onKey = (event, moves) => {
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey || !world.shape.count) return;
    event.preventDefault();
    event.stopPropagation();
    pause();
    go(move());
  };
  const column = () => position % world.shape.columns;
  const sideways = (step) => position + Math.max(-column(), Math.min(world.shape.columns - 1 - column(), step));
  const updown = (step) => {
    const row = Math.floor(position / world.shape.columns);
    return Math.max(0, Math.min(world.shape.rows - 1, row + step)) * world.shape.columns + column();
  };
  mapCanvas.addEventListener("keydown", (event) => onKey(event, {
    ArrowLeft: () => sideways(-1), ArrowRight: () => sideways(1), ArrowUp: () => updown(-1), ArrowDown: () => updown(1),
    Home: () => sideways(-Infinity), End: () => sideways(Infinity), PageUp: () => updown(-Infinity), PageDown: () => updown(Infinity),
  }));
  slider.addEventListener("keydown", (event) => onKey(event, {
    ArrowLeft: () => position - 1, ArrowDown: () => position - 1, ArrowRight: () => position + 1, ArrowUp: () => position + 1,
    PageUp: () => position - world.shape.columns, PageDown: () => position + world.shape.columns,
    Home: () => 0, End: () => world.shape.count - 1,
  }));
  slider.addEventListener("input", () => {
    pause();
    go(Number(slider.value));
  });

  // The mouse: pointing shows a window, clicking and dragging moves to it
  const follow = (canvas, picture, windowOf) => {
    let dragging = false;
    const index = (event) => windowOf(picture.cellAt(event));
    canvas.addEventListener("pointerdown", (event) => {
      if (!world.shape.count) return;
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      mapCanvas.focus({ preventScroll: true }); // from here the arrow keys go on
      event.preventDefault();
      pause();
      go(index(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!world.shape.count || tape.playing()) return;
      if (dragging) return go(index(event));
      const pointed = index(event);
      if (peek !== pointed) {
        peek = pointed;
        redraw();
      }
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { dragging = false; });
    canvas.addEventListener("pointerleave", () => {
      if (peek === null) return;
      peek = null;
      redraw();
    });
  };
  follow(mapCanvas, pictures.map, ([row, place]) => row * world.shape.columns + place);
  follow(imageCanvas, pictures.image, ([row, place]) => nearest([row - settings.padding, place - settings.padding]));

  // Python, the page's theme, the page's width
  const listeners = SYNCED.map((name) => {
    const hear = () => {
      const value = model.get(name);
      if (same(value, local()[name])) return;
      if (name === "kernel") setKernel(value);
      else if (name === "position") return go(value);
      else if (name === "filled") filled = Math.max(position + 1, Math.min(world.shape.count, value));
      else settings[name] = value;
      change({});
    };
    model.on(`change:${name}`, hear);
    return () => model.off(`change:${name}`, hear);
  });
  renew();
  if (world.shape.count) {
    position = Math.max(0, Math.min(world.shape.count - 1, position));
    filled = Math.max(position + 1, Math.min(world.shape.count, filled));
    anchor = middle(position);
  }
  const undress = dressed(root, palette, (now) => {
    colours = now;
    lay();
  });
  describe();

  return () => {
    for (const stop of listeners) stop();
    tape.stop();
    tell(); // a view that goes away at once must not take the last change with it
    undress();
    for (const waiting of [redraw, announce, send]) waiting.cancel();
  };
}

export default explorer("kernel", build);
