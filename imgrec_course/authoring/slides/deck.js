// Starts a deck: formulas first, then explorers, fitted to their slides, then reveal.js.
(() => {
  const seconds = Number(document.currentScript.dataset.seconds);
  const root = document.documentElement;
  const WIDTHS = [560, 640, 720, 800, 880, 980, 1100, 1160]; // that an explorer may be laid out in
  const printing = /print-pdf/i.test(location.search);
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

  // Every section in a deck is a slide to reveal.js, so an explorer must not make any; here it makes a div.
  const make = document.createElement.bind(document);
  document.createElement = (name, ...more) => make(name === "section" ? "div" : name, ...more);

  async function typeset() {
    await MathJax.startup.promise;
    await MathJax.typesetPromise([...document.querySelectorAll(".page .math, .notes .math")]);
    // No line begins with the comma after a formula.
    for (const formula of document.querySelectorAll(".page .math.inline")) {
      const mark = formula.nextSibling?.nodeType === Node.TEXT_NODE && formula.nextSibling.data.match(/^[.,:;!?)。，：；、！？）]+/);
      if (!mark) continue;
      const unbroken = document.createElement("span");
      unbroken.className = "unbroken";
      formula.nextSibling.splitText(mark[0].length);
      formula.before(unbroken);
      unbroken.append(formula, unbroken.nextSibling);
    }
  }

  /** Wait until every explorer is drawn, or has been given up: then its picture stays. */
  async function explorersDrawn() {
    const limit = performance.now() + 8000;
    const views = 'script[type="application/vnd.jupyter.widget-view+json"]';
    const open = () => [...document.querySelectorAll(".explorer")].some((node) => node.querySelector(views));
    while (open() && performance.now() < limit) await frame();
    await frame();
  }

  /** Whether something in a slide's body or column needs more room than there is. */
  function overflows(box) {
    const within = (inner) => inner.scrollHeight <= inner.clientHeight && inner.scrollWidth <= inner.clientWidth;
    const right = box.getBoundingClientRect().right + 1;
    return !within(box) || [...box.querySelectorAll("pre")].some(touches) || [...box.querySelectorAll("pre, table, mjx-container > svg")].some(
      (node) => node.scrollWidth > node.clientWidth + 1 || node.getBoundingClientRect().right > right,
    );
  }

  /** Whether the longest line of code reaches the edge of its panel: a browser does not count that as too wide. */
  function touches(pre) {
    const line = document.createRange();
    line.selectNodeContents(pre);
    const edge = parseFloat(getComputedStyle(pre).paddingRight) / 2;
    return line.getBoundingClientRect().right > pre.getBoundingClientRect().right - edge;
  }

  /** How wide the pictures of a box are drawn, in pixels. */
  const pictures = (box) => [...box.querySelectorAll("figure img")].map(
    (image) => Math.min(image.clientWidth, (image.clientHeight * image.naturalWidth) / image.naturalHeight),
  );

  /** The largest text for which there is room, also beside the pictures. */
  function enlarge(box) {
    if (box.querySelector(".explorer")) return;
    const before = pictures(box);
    for (const larger of box.matches(".column") ? [1.25, 1.1] : [1.5, 1.35, 1.2, 1.1]) {
      box.style.setProperty("--larger", larger);
      if (!overflows(box) && pictures(box).every((width, index) => width > 0.98 * before[index])) return;
    }
    box.style.removeProperty("--larger");
  }

  /** Lay an explorer out in the width in which its words are largest, and enlarge it to fill its place. */
  async function fit(place) {
    const live = place.querySelector(".explorer-live");
    if (!live) return;
    const [width, height] = [place.clientWidth, place.clientHeight];
    const tall = () => live.getBoundingClientRect().height;
    const scale = (own) => Math.min(width / own, height / tall());
    let best = null;
    for (const own of WIDTHS) {
      live.style.width = `${own}px`;
      await frame();
      if (!best || scale(own) > best.scale - 0.01) best = { own, scale: scale(own) };
    }
    live.style.width = `${best.own}px`;
    await frame();
    const last = scale(best.own);
    live.style.left = `${(width - best.own * last) / 2}px`;
    live.style.top = `${(height - tall() * last) / 2}px`;
    live.style.transform = `scale(${last})`;
  }

  // A slide is enlarged, an explorer on it as well, but an explorer reckons in pixels that are not: what it
  // is told of the pointer, and of its canvas' place, is translated before it hears of it.
  function translatePointer(event) {
    const node = event.target.closest?.(".imgrec canvas, .imgrec svg");
    if (!node || !node.offsetWidth) return;
    const real = () => Element.prototype.getBoundingClientRect.call(node);
    const box = real();
    const ratio = box.width / node.offsetWidth;
    if (Math.abs(ratio - 1) < 0.001) return;
    node.getBoundingClientRect = () => new DOMRect(real().left, real().top, node.offsetWidth, node.offsetHeight);
    const [x, y] = [box.left + (event.clientX - box.left) / ratio, box.top + (event.clientY - box.top) / ratio];
    Object.defineProperties(event, { clientX: { value: x }, clientY: { value: y } });
  }
  for (const kind of ["pointerdown", "pointermove", "pointerup", "click", "mousedown", "mousemove", "mouseup"]) {
    addEventListener(kind, translatePointer, { capture: true });
  }

  /** Keys belong to the explorer that has the focus; Escape gives them back to the slides, the page keys turn
   * the page (a presenter's remote control sends those). */
  const holdsFocus = () => Boolean(document.activeElement?.closest(".imgrec"));
  addEventListener("keydown", (event) => {
    const turn = { Escape: () => {}, PageDown: () => Reveal.next(), PageUp: () => Reveal.prev() }[event.key];
    if (!turn || !holdsFocus()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.activeElement.blur();
    turn();
  }, { capture: true });

  async function start() {
    await typeset();
    await explorersDrawn();
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
    document.querySelectorAll(".body:not(.columns), .column").forEach(enlarge);
    for (const place of document.querySelectorAll(".explorer")) await fit(place);
    root.dataset.ready = "true";
    await Reveal.initialize({
      width: 1280,
      height: 720,
      margin: 0,
      center: false,
      hash: true,
      hashOneBasedIndex: false,
      controls: false,
      transition: "none",
      viewDistance: 1000, // slides that are away keep their size: explorers stay as they were fitted
      mobileViewDistance: 1000,
      scrollActivationWidth: null,
      pdfMaxPagesPerSlide: 1,
      pdfSeparateFragments: false,
      pdfPageHeightOffset: 0,
      totalTime: seconds,
      keyboardCondition: () => !holdsFocus(),
      plugins: [RevealNotes, RevealZoom],
    });
    Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Dark or light" }, () => root.classList.toggle("dark"));
    if (printing) {
      await frame();
      await frame();
    }
    root.dataset.started = "true";
    if (printing) root.dataset.printable = "true";
  }
  start();
})();
