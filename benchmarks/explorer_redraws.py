"""How often a second the threshold explorer redraws 10,000 scores, in JupyterLab in headless Chromium.

    .venv/bin/python benchmarks/explorer_redraws.py

A key is pressed on every frame for three seconds; the median of five rounds is what to quote.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from nbformat import v4, write

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser import chromium, course_lab, open_notebook, run_all_cells

CODE = """
import numpy as np
from imgrec_course.widgets.threshold import ThresholdExplorer

generator = np.random.default_rng(0)
labels = generator.integers(0, 2, size=10_000)
scores = np.clip(generator.normal(0.4 + 0.2 * labels, 0.2), 0, 1)
ThresholdExplorer(scores, labels)
"""
ROUND = """async () => {
  const slider = document.querySelector(".imgrec-threshold input");
  const root = document.querySelector(".imgrec-threshold");
  const before = Number(root.dataset.redraws);
  const begun = performance.now();
  let step = 0;
  while (performance.now() - begun < 3000) {
    const key = Math.floor(step++ / 40) % 2 ? "ArrowLeft" : "ArrowRight";
    slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await new Promise((done) => requestAnimationFrame(done));
  }
  return (Number(root.dataset.redraws) - before) / ((performance.now() - begun) / 1000);
}"""


def main():
    with tempfile.TemporaryDirectory() as folder, course_lab(folder, "--lang", "en") as address:
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        notebook = v4.new_notebook(cells=[v4.new_code_cell(CODE)], metadata=kernel)
        write(notebook, Path(folder) / "en" / "redraws.ipynb")
        with chromium(viewport={"width": 1300, "height": 900}) as page:
            open_notebook(page, address, "en/redraws.ipynb")
            run_all_cells(page)
            page.wait_for_selector(".imgrec-threshold [data-measure]")
            rates = [page.evaluate(ROUND) for _ in range(5)]
    print(
        f"{statistics.median(rates):.0f} redraws a second (median of 5; {min(rates):.0f} to {max(rates):.0f})"
    )


if __name__ == "__main__":
    main()
