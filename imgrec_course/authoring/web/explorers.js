// Explorers on a page without a kernel: web edition, slides, a notebook that was exported as a page.
//
// A page carries the widgets' state and their views as nbconvert and myst-nb write them:
//   <script type="application/vnd.jupyter.widget-state+json">…</script>
//   <script type="application/vnd.jupyter.widget-view+json">{"model_id": …}</script>
// Each view becomes the explorer itself. Where it stands in an element of class "explorer", an image there
// is its picture: shown until the explorer is drawn, when it cannot be drawn, and in print.
//
// A classic script, for a browser loads no module from file://. What anywidget's front-end modules expect of
// their host: https://anywidget.dev/en/afm/
(() => {
  const STATE = "application/vnd.jupyter.widget-state+json";
  const VIEW = "application/vnd.jupyter.widget-view+json";
  const STYLE = `
    @media screen { .explorer:has(> .explorer-live) > :is(img, picture) { display: none; } }
    @media print { .explorer:has(> :is(img, picture)) > .explorer-live { display: none; } }
  `;

  /** Bytes of a stored buffer, as widgets get them from a kernel. */
  function decoded({ encoding, data }) {
    if (encoding === "base64") {
      return new DataView(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)).buffer);
    }
    if (encoding === "hex") {
      return new DataView(Uint8Array.from(data.match(/../g) || [], (pair) => parseInt(pair, 16)).buffer);
    }
    throw new Error(`a buffer is encoded as ${encoding}, expected base64 or hex`);
  }

  /** A model's state with its buffers where they belong. */
  function completed({ state, buffers = [] }) {
    const whole = structuredClone(state);
    for (const buffer of buffers) {
      const path = [...buffer.path];
      const last = path.pop();
      path.reduce((at, name) => at[name], whole)[last] = decoded(buffer);
    }
    return whole;
  }

  /** What a front-end module sees of a model. Nobody listens at the other end: what it saves or sends stays. */
  class Model {
    constructor(state, manager) {
      this.state = state;
      this.listeners = new Map();
      this.widget_manager = manager;
    }

    get(name) {
      return this.state[name];
    }

    set(name, value) {
      const changes = typeof name === "object" ? name : { [name]: value };
      const changed = Object.keys(changes).filter((key) => this.state[key] !== changes[key]);
      Object.assign(this.state, changes);
      for (const key of changed) this.trigger(`change:${key}`, this, this.state[key], {});
      if (changed.length) this.trigger("change", this, {});
    }

    save_changes() {}

    send() {}

    on(names, callback) {
      for (const name of names.split(/\s+/)) this.listeners.set(name, [...(this.listeners.get(name) || []), callback]);
    }

    off(names, callback) {
      for (const name of names ? names.split(/\s+/) : [...this.listeners.keys()]) {
        const kept = (this.listeners.get(name) || []).filter((one) => callback && one !== callback);
        this.listeners.set(name, kept);
      }
    }

    trigger(name, ...values) {
      for (const callback of this.listeners.get(name) || []) callback(...values);
    }
  }

  const modules = new Map(); // two explorers of one kind share their module
  function moduleOf(text) {
    if (!modules.has(text)) {
      const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      modules.set(text, import(address).finally(() => URL.revokeObjectURL(address)));
    }
    return modules.get(text);
  }

  const styles = new Set();
  function wear(css) {
    if (!css || styles.has(css)) return;
    styles.add(css);
    const style = document.createElement("style");
    style.textContent = css;
    document.head.append(style);
  }

  /** All models of the page, {identifier: its stored state}. */
  function storedModels() {
    const stored = {};
    for (const script of document.querySelectorAll(`script[type="${STATE}"]`)) {
      Object.assign(stored, JSON.parse(script.textContent).state);
    }
    return stored;
  }

  function makeManager(stored) {
    const widgets = new Map();
    const manager = { get_model: async (identifier) => (await widget(identifier)).model };
    const experimental = {
      invoke: async () => {
        throw new Error("there is no kernel behind this page");
      },
    };

    /** A model, its module's functions, both made ready once however many views there are. */
    function widget(identifier) {
      if (!widgets.has(identifier)) widgets.set(identifier, prepared(identifier));
      return widgets.get(identifier);
    }

    async function prepared(identifier) {
      const kept = stored[identifier];
      if (!kept) throw new Error("its state is not on this page");
      if (kept.model_module !== "anywidget") throw new Error(`it is of ${kept.model_module}, expected anywidget`);
      const model = new Model(completed(kept), manager);
      wear(model.get("_css"));
      const module = await moduleOf(model.get("_esm"));
      const exported = module.default ?? module;
      const functions = typeof exported === "function" ? await exported() : exported;
      await functions.initialize?.({ model, signal: new AbortController().signal, experimental });
      return { model, functions };
    }

    return { widget, experimental };
  }

  /** Put the explorer where its view stands. A page that does not want one any more removes its element. */
  async function show(script, { widget, experimental }) {
    const place = document.createElement("div");
    place.className = "explorer-live";
    try {
      const { model, functions } = await widget(JSON.parse(script.textContent).model_id);
      // It measures the page while it draws itself: it must be in it.
      script.before(place);
      await functions.render?.({ model, el: place, signal: new AbortController().signal, experimental });
      script.remove();
    } catch (error) {
      place.remove();
      console.warn(`An explorer cannot be drawn here, its picture stays: ${error.message ?? error}.`);
    }
  }

  async function showAll() {
    wear(STYLE);
    const views = [...document.querySelectorAll(`script[type="${VIEW}"]`)];
    if (!views.length) return;
    let manager;
    try {
      manager = makeManager(storedModels());
    } catch (error) {
      console.warn(`The explorers of this page cannot be drawn, their pictures stay: ${error.message}.`);
      return;
    }
    await Promise.all(views.map((script) => show(script, manager)));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", showAll);
  else showAll();
})();
