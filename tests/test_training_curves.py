"""Training curves: what the callback measures, what is stored, and what a real browser draws of it."""

import base64
import json
import re

import numpy as np
import pytest
from browser import chromium, settle, show_explorer
from nbclient import NotebookClient
from nbformat import v4

from imgrec_course.widgets.training import TrainingCurves

STATE = "application/vnd.jupyter.widget-state+json"


def problem(count=96, seed=0):
    """Small images whose class is the brighter half."""
    generator = np.random.default_rng(seed)
    images = generator.uniform(size=(count, 6, 6, 1)).astype("float32")
    labels = generator.integers(0, 2, size=count)
    images[labels == 1, :3] += 0.7
    return images, labels


def network(outputs=2, activation="softmax", dropout=0.2):
    import keras

    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Flatten(),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(outputs, activation=activation),
        ]
    )


def trained(epochs=3, batch=32, outputs=2, activation="softmax"):
    import keras

    keras.utils.set_random_seed(1)
    images, labels = problem()
    model = network(outputs, activation)
    loss = "binary_crossentropy" if outputs == 1 else "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.02), loss)
    curves = TrainingCurves(epochs)
    callback = curves.callback((images, labels), problem(64, seed=5))
    model.fit(images, labels, batch_size=batch, epochs=epochs, verbose=0, callbacks=[callback])
    return curves, model


def typical():
    """As a lesson's notebook keeps it, after three epochs of ten batches."""
    values = np.linspace(2, 0.5, 30).astype(np.float32).tobytes()
    rows = [[0.9, 1.0, 0.6, 0.55], [0.5, 0.7, 0.8, 0.75], [0.4, 0.65, 0.85, 0.76]]
    return TrainingCurves(3, steps=10, batch_losses=values, rates=values, rows=rows)


def extremes():
    long = [[123.4567, 1234.5, 0.001, 0.5]] * 100
    return (
        typical(),
        TrainingCurves(4),
        TrainingCurves(100, steps=1, batch_losses=b"", rates=b"", rows=long),
    )


# In Python


@pytest.mark.slow
@pytest.mark.parametrize(("outputs", "activation"), [(2, "softmax"), (1, "sigmoid")])
def test_an_epochs_numbers_are_kerass_and_scikit_learns(outputs, activation, capsys):
    from sklearn.metrics import f1_score

    curves, model = trained(outputs=outputs, activation=activation)
    assert len(curves.rows) == 3
    for index, (images, labels) in enumerate((problem(), problem(64, seed=5))):
        probabilities = model.predict(images, verbose=0)
        decided = probabilities.argmax(axis=1) if outputs == 2 else probabilities[:, 0] > 0.5
        assert curves.rows[-1][2 + index] == pytest.approx(f1_score(labels, decided, average="macro"))
        assert curves.rows[-1][index] == pytest.approx(
            float(model.evaluate(images, labels, verbose=0)), rel=1e-4
        )
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition(" (")[0] for line in printed] == [f"epoch {n} of 3" for n in (1, 2, 3)]
    assert all(re.search(r"\(measured [^)]*\)$", line) for line in printed)


@pytest.mark.slow
def test_a_batchs_loss_is_its_own_and_the_rate_that_of_its_step():
    import keras

    images, labels = problem()
    curves = TrainingCurves(2)
    schedule = keras.optimizers.schedules.PolynomialDecay(0.05, 6, 0.01)
    followed, by_hand = network(dropout=0.0), network(dropout=0.0)
    by_hand.set_weights(followed.get_weights())
    for model in (followed, by_hand):
        model.compile(keras.optimizers.SGD(schedule), "sparse_categorical_crossentropy")
    callback = curves.callback((images, labels), (images, labels))
    followed.fit(images, labels, batch_size=32, epochs=2, verbose=0, shuffle=False, callbacks=[callback])
    losses = []
    for start in (0, 32, 64) * 2:
        batch = images[start : start + 32], labels[start : start + 32]
        losses.append(by_hand.evaluate(*batch, verbose=0))
        by_hand.train_on_batch(*batch)
    assert curves.steps == 3
    assert np.frombuffer(curves.batch_losses, np.float32) == pytest.approx(losses, rel=1e-4)
    rates = np.frombuffer(curves.rates, np.float32)
    assert rates == pytest.approx([float(schedule(step)) for step in range(6)], rel=1e-5)


@pytest.mark.slow
def test_a_second_training_begins_anew():
    curves, model = trained(epochs=2)
    images, labels = problem()
    model.fit(
        images,
        labels,
        batch_size=48,
        epochs=1,
        verbose=0,
        callbacks=[curves.callback((images, labels), (images, labels))],
    )
    assert (curves.epochs, curves.steps, len(curves.rows)) == (1, 2, 1)
    assert len(np.frombuffer(curves.rates, np.float32)) == 2


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: TrainingCurves(0), "epochs must be a positive whole number, not 0"),
        (lambda: TrainingCurves(2.5), "epochs must be a positive whole number, not 2.5"),
        (lambda: TrainingCurves(True), "epochs must be a positive whole number, not True"),
        (
            lambda: TrainingCurves(2).callback(3, problem()),
            r"training must be a pair \(images, labels\), not int",
        ),
        (lambda: TrainingCurves(2).callback(problem(), ([], [])), "validation must hold at least one image"),
        (lambda: TrainingCurves(2).callback(problem(), (np.zeros((2, 6, 6, 1)), [1])), r"shape \(2,\)"),
        (
            lambda: TrainingCurves(2).callback(problem(), (np.zeros((1, 6, 6, 1)), [0.5])),
            "whole numbers as labels",
        ),
    ],
)
def test_bad_arguments_are_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_logits_are_refused():
    import keras

    images, labels = problem()
    model = network(activation=None)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    callback = TrainingCurves(1).callback((images, labels), (images, labels))
    with pytest.raises(ValueError, match="must return probabilities"):
        model.fit(images, labels, verbose=0, callbacks=[callback])


def test_the_sentence_and_the_picture_before_and_after(monkeypatch):
    monkeypatch.setenv("IMGREC_LANG", "en")
    before = TrainingCurves(4)
    data, _ = before._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"].startswith("Training curves of 4 epochs")
    assert re.match(r"Training curves after 3 of 3 epochs \(measured [^)]*\)\.$", repr(typical()))
    monkeypatch.setenv("IMGREC_LANG", "zh")
    assert repr(TrainingCurves(4)).startswith("训练曲线")


@pytest.mark.slow
def test_the_stored_state_holds_the_finished_curves():
    """Displayed before the training, stored after it: the page without a kernel shows the whole."""
    code = """
import sys
sys.path.insert(0, {tests!r})
import test_training_curves as example
import keras
from imgrec_course.widgets.training import TrainingCurves
curves = TrainingCurves(2)
display(curves)
images, labels = example.problem()
model = example.network()
model.compile("sgd", "sparse_categorical_crossentropy")
callback = curves.callback((images, labels), (images, labels))
model.fit(images, labels, epochs=2, verbose=0, callbacks=[callback])
"""
    from imgrec_course.paths import ROOT

    notebook = v4.new_notebook(cells=[v4.new_code_cell(code.format(tests=str(ROOT / "tests")))])
    NotebookClient(notebook, kernel_name="python3", store_widget_state=True).execute()
    state = notebook.metadata["widgets"][STATE]["state"]
    (model,) = [model for model in state.values() if "_esm" in model["state"]]
    assert len(model["state"]["rows"]) == 2
    assert model["state"]["words"]["zh"]["training"] == "训练集"
    sizes = {buffer["path"][0]: len(base64.b64decode(buffer["data"])) for buffer in model["buffers"]}
    assert sizes["batch_losses"] == sizes["rates"] == 2 * 3 * 4  # two epochs, three batches, four bytes
    assert len(json.dumps(model)) < 40_000


# In the browser


# How many pixels of a canvas have about this colour.
COUNT = """([index, wanted]) => {
  const canvas = document.querySelectorAll(".imgrec-training canvas")[index];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 200 && [0, 1, 2].every((c) => Math.abs(data[i + c] - wanted[c]) < 30)) count += 1;
  }
  return count;
}"""
BLUE, VERMILION, GREY = [0, 114, 178], [213, 94, 0], [127, 127, 127]


def empty(epochs=4):
    return TrainingCurves(epochs)


@pytest.mark.browser
def test_curves_grow_as_numbers_come():
    with chromium() as page:
        show_explorer(page, empty())
        assert page.text_content(".imgrec-status") == "The curves begin with the training."
        start = [
            page.evaluate(COUNT, [index, colour]) for index, colour in ((0, GREY), (1, BLUE), (2, VERMILION))
        ]
        values = np.linspace(2, 0.5, 20).astype(np.float32)
        page.evaluate("model.set('steps', 10)")
        page.evaluate(
            "(text) => model.set('batch_losses', bytes(text))", base64.b64encode(values.tobytes()).decode()
        )
        page.evaluate(
            "(text) => model.set('rates', bytes(text))", base64.b64encode(values.tobytes()).decode()
        )
        page.evaluate("model.set('rows', [[0.9, 1.0, 0.6, 0.55]])")
        settle(page)
        one = [
            page.evaluate(COUNT, [index, colour]) for index, colour in ((0, GREY), (1, BLUE), (2, VERMILION))
        ]
        assert all(after > before for before, after in zip(start, one, strict=True))
        page.evaluate("model.set('rows', [[0.9, 1.0, 0.6, 0.55], [0.5, 0.7, 0.8, 0.75]])")
        settle(page)
        two = [page.evaluate(COUNT, [index, colour]) for index, colour in ((1, BLUE), (2, VERMILION))]
        assert all(after > before for before, after in zip(one[1:], two, strict=True))
        assert page.text_content(".imgrec-status") == (
            "Loss after epoch 2 of 4: training 0.500, validation 0.700. "
            "Macro-F1 after epoch 2 of 4: training 0.800, validation 0.750."
        )
        assert page.errors == []


@pytest.mark.browser
def test_a_finished_training_stands_there_at_once_and_is_said():
    curves, _ = trained()
    with chromium() as page:
        show_explorer(page, curves)
        assert page.evaluate(COUNT, [1, BLUE]) > 30
        assert page.evaluate(COUNT, [2, VERMILION]) > 30
        label = page.locator(".imgrec-training canvas").nth(2).get_attribute("aria-label")
        assert label == (
            f"Macro-F1 after epoch 3 of 3: training {curves.rows[-1][2]:.3f}, "
            f"validation {curves.rows[-1][3]:.3f}."
        )
        assert page.errors == []
