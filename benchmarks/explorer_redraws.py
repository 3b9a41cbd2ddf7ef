"""How often a second the explorers redraw, in JupyterLab in headless Chromium.

    .venv/bin/python benchmarks/explorer_redraws.py

The threshold explorer over 10,000 scores; the kernel explorer over an image of 96 × 96 pixels, the largest
it takes, with a kernel of 5 × 5: once its window moves, once a number of its kernel changes, so that the
whole feature map is computed anew; the memory meter, whose LSTM of 32 units runs anew over two films of 60
frames of 16 × 16 pixels, the most it takes; the clip player with twelve clips; the game explorer with the
most moments, samples, real points and places of the grid it takes; the latent explorer over a sheet of
16 × 16 images. A key is pressed, or a slider moved, on every frame for three seconds; the median of five
rounds is what to quote.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from nbformat import v4, write

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser import chromium, course_lab, open_notebook, run_all_cells

THRESHOLD = """
import numpy as np
from imgrec_course.widgets.threshold import ThresholdExplorer

generator = np.random.default_rng(0)
labels = generator.integers(0, 2, size=10_000)
scores = np.clip(generator.normal(0.4 + 0.2 * labels, 0.2), 0, 1)
ThresholdExplorer(scores, labels)
"""
KERNEL = """
import numpy as np
from imgrec_course.widgets.kernel import KernelExplorer

generator = np.random.default_rng(0)
KernelExplorer(generator.integers(0, 256, size=(96, 96)), generator.normal(size=(5, 5)), position=3000)
"""
MEMORY = """
import numpy as np
from imgrec_course.widgets.memory import MemoryMeter

generator = np.random.default_rng(0)
frames = generator.integers(0, 256, size=(60, 16, 16))
MemoryMeter(frames, frames[0].T, units=32, cell="lstm", scale=1.0)
"""
PLAYER = """
import numpy as np
from imgrec_course.widgets.player import ClipPlayer

generator = np.random.default_rng(0)
ClipPlayer(generator.uniform(size=(12, 30, 40, 40)))
"""
GAME = """
import numpy as np
from imgrec_course.widgets.game import GameExplorer

generator = np.random.default_rng(0)
axis = np.linspace(-3, 3, 40)
time = np.arange(60)[:, np.newaxis, np.newaxis]
moves = generator.normal(0, 0.05, size=(60, 256, 2))
GameExplorer(
    {
        "steps": np.arange(60),
        "real": generator.normal(size=(1024, 2)),
        "samples": generator.normal(size=(256, 2)) + np.cumsum(moves, axis=0),
        "axes": [axis, axis],
        "landscape": 0.5 + 0.4 * np.sin(axis + time / 9) * np.cos(2 * axis[:, np.newaxis] - time / 7),
        "gradients": generator.normal(size=(60, 256, 2)),
        "losses": generator.uniform(0.5, 1.5, size=(60, 2)),
    },
)
"""
LATENT = """
import numpy as np
from imgrec_course.widgets.latent import LatentExplorer

generator = np.random.default_rng(0)
images = generator.uniform(size=(16, 16, 28, 28))
LatentExplorer(images, images, generator.uniform(1, 9, size=(1, 16, 16)), reference=5.0)
"""
# name: (code, explorer, what gets the keys, the key – or the slider's method – there, and back)
EXPLORERS = {
    "threshold": (THRESHOLD, ".imgrec-threshold", "input", "ArrowRight", "ArrowLeft"),
    "window of the kernel": (KERNEL, ".imgrec-kernel", ".imgrec-map", "ArrowRight", "ArrowLeft"),
    "number in the kernel": (KERNEL, ".imgrec-kernel", ".imgrec-weights input", "ArrowUp", "ArrowDown"),
    "memory meter": (MEMORY, ".imgrec-memory", "[data-setting='scale']", "stepDown", "stepUp"),
    "clip player": (PLAYER, ".imgrec-player", "input[type='range']", "ArrowRight", "ArrowLeft"),
    "game explorer": (GAME, ".imgrec-game", "input[type='range']", "ArrowRight", "ArrowLeft"),
    "latent explorer": (LATENT, ".imgrec-latent", ".imgrec-plane", "ArrowRight", "ArrowLeft"),
}
ROUND = """async ([explorer, target, there, back]) => {
  const root = document.querySelector(explorer);
  const node = root.querySelector(target);
  node.focus();
  const before = Number(root.dataset.redraws);
  const begun = performance.now();
  let step = 0;
  while (performance.now() - begun < 3000) {
    const key = Math.floor(step++ / 40) % 2 ? back : there;
    if (key in node) {
      node[key]();
      node.dispatchEvent(new Event("input", { bubbles: true }));
    } else {
      node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }
    await new Promise((done) => requestAnimationFrame(done));
  }
  return (Number(root.dataset.redraws) - before) / ((performance.now() - begun) / 1000);
}"""


def main():
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    with (
        tempfile.TemporaryDirectory() as folder,
        course_lab(folder, "--lang", "en") as address,
        chromium(viewport={"width": 1300, "height": 900}) as page,
    ):
        for name, (code, explorer, target, there, back) in EXPLORERS.items():
            notebook = v4.new_notebook(cells=[v4.new_code_cell(code)], metadata=kernel)
            write(notebook, Path(folder) / "en" / "redraws.ipynb")
            open_notebook(page, address, "en/redraws.ipynb")
            run_all_cells(page)
            page.wait_for_selector(f"{explorer}[data-redraws]")
            rates = [page.evaluate(ROUND, [explorer, target, there, back]) for _ in range(5)]
            print(
                f"{name}: {statistics.median(rates):.0f} redraws a second "
                f"(median of 5; {min(rates):.0f} to {max(rates):.0f})"
            )


if __name__ == "__main__":
    main()
