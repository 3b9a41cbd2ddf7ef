// What the explorers share that play. tape/__init__.py puts this text in front of base.js.

const RATES = [1, 2, 4, 8, 15, 30];

/** Calls advance() as often a second as rate() says, and frame() on every frame in between; advance() says how
 * many milliseconds to wait longer. */
function clock({ rate, advance, frame }) {
  let on = false;
  let asked = 0;
  let before = 0;
  let phase = 0;
  const tick = (now) => {
    phase += (Math.min(250, Math.max(0, now - before)) / 1000) * rate(); // a page that was hidden catches nothing up
    before = now;
    if (phase >= 1) {
      phase = Math.min(phase - 1, 0.999); // one step a frame, so that none is left out
      const longer = advance();
      if (on) phase -= (longer / 1000) * rate();
    }
    if (!on) return;
    frame();
    asked = requestAnimationFrame(tick); // last, so that what this one asked for is drawn before the next
  };
  return {
    running: () => on,
    phase: () => phase,
    start() {
      if (on) return;
      [on, before, phase] = [true, performance.now(), 0];
      asked = requestAnimationFrame(tick);
    },
    stop() {
      cancelAnimationFrame(asked);
      [on, phase] = [false, 0];
    },
  };
}

/** The buttons of a tape. It runs while it shall play and is seen.
 *
 * words    play, pause, back, step, speed, a_second
 * rate     steps a second, to begin with
 * playing  whether it shall play to begin with
 * watched  the element that must be seen
 * walk     (steps, playing) => whether there was a way to go
 * rewind   what happens before it plays
 * frame    drawn on every frame while it plays
 * moved    after everything that a hand did, and when the tape has come to its end
 * turned   after it has started or stopped, for whatever reason
 * snap     () => whether a pause on the way goes on to the next step, where that is nearer
 * linger   () => milliseconds that it rests longer where it has come to
 */
function tapeButtons({
  words, rate, playing = false, watched, walk, rewind = () => {}, frame = () => {}, moved, turned = () => {}, snap = () => false, linger = () => 0,
}) {
  let wanted = playing;
  let seen = false;
  const running = clock({
    rate: () => rate,
    advance: () => {
      if (!walk(1, true)) pause();
      return linger();
    },
    frame,
  });
  const button = (text, press, name) => {
    const node = element("button", { type: "button", class: `imgrec-${name}` }, text);
    node.addEventListener("click", press);
    return node;
  };
  const play = button("", () => (wanted ? pause() : start()), "play");
  const back = button(`← ${words.back}`, () => hand(-1), "back");
  const step = button(`${words.step} →`, () => hand(1), "step");
  const speed = element("select", {});
  const label = () => { play.textContent = wanted ? `❚❚ ${words.pause}` : `▶\uFE0E ${words.play}`; };
  const run = () => {
    const before = running.running();
    if (wanted && seen) running.start();
    else running.stop();
    label();
    if (running.running() !== before) turned();
  };
  const setRate = (value) => {
    rate = value;
    const rates = [...new Set([...RATES, rate])].sort((a, b) => a - b);
    speed.replaceChildren(...rates.map((one) => element("option", { value: String(one) }, fillIn(words.a_second, { count: one }))));
    speed.value = String(rate);
  };
  function start() {
    rewind();
    wanted = true;
    run();
    moved();
  }
  function pause() {
    const phase = running.phase();
    wanted = false;
    run();
    if (snap() && phase >= 0.5) walk(1); // to where it is nearer
    moved();
  }
  /** A step by hand: it pauses. */
  function hand(steps) {
    if (wanted) pause();
    walk(steps);
    moved();
  }
  speed.addEventListener("change", () => {
    setRate(Number(speed.value));
    moved();
  });
  const watching = new IntersectionObserver((entries) => {
    seen = entries[entries.length - 1].isIntersecting;
    run();
    frame();
  });
  watching.observe(watched);
  setRate(rate);
  label();
  return {
    buttons: element("div", { class: "imgrec-buttons" }, play, back, step),
    speed: element("label", {}, element("span", {}, words.speed), speed),
    running: running.running,
    phase: running.phase,
    rate: () => rate,
    setRate,
    hand,
    /** Stop without a word: somebody else moves. */
    rest() {
      wanted = false;
      run();
    },
    toggle: () => play.click(),
    disable() {
      for (const node of [play, back, step]) node.disabled = true;
    },
    /** The keys that move a tape of so many steps. */
    keys: (last) => ({
      ArrowLeft: () => hand(-1), ArrowRight: () => hand(1), ArrowDown: () => hand(-1), ArrowUp: () => hand(1),
      PageDown: () => hand(-10), PageUp: () => hand(10), Home: () => hand(-last), End: () => hand(last),
    }),
    /** Whether the element answers to the key itself: the arrows choose a speed, Space presses a button. */
    another: ({ target, key }) => target.localName === "select" || (key === " " && (target.localName === "button" || target.type === "checkbox")),
    destroy() {
      running.stop();
      watching.disconnect();
    },
  };
}
