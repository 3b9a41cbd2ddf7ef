"""TrainingCurves: a Keras callback fills it, explorer.js draws it."""

import numbers
import time
from pathlib import Path

import numpy as np
import traitlets

from imgrec_course import plots
from imgrec_course.language import message, say
from imgrec_course.widgets.base import Explorer, script, style, word

HERE = Path(__file__).parent
PAUSE = 0.25  # seconds between two messages to the browser within an epoch


class TrainingCurves(Explorer):
    """Learning rate, loss and macro-F1 while a network learns.

    epochs   how many passes through the training images are planned

    Show it, then train with its callback::

        curves = TrainingCurves(epochs=5)
        display(curves)
        model.fit(x, y, epochs=5, callbacks=[curves.callback((x_some, y_some), (x_val, y_val))])

    After each epoch one line is printed, which stays where no widget is drawn.
    Raises ValueError for a number of epochs that is not a positive whole number.
    """

    _esm = script(HERE)
    _css = style(HERE)

    WORDS = {  # noqa: RUF012
        "rate": word("Learning rate"),
        "loss": word("Loss (cross-entropy)"),
        "f1": word("Macro-F1"),
        "training": word("training"),
        "validation": word("validation"),
        "batches": word("single batches"),
        "epoch": word("epoch"),
        "loss_said": word(
            "Loss after epoch {done} of {epochs}: training {training}, validation {validation}."
        ),
        "f1_said": word(
            "Macro-F1 after epoch {done} of {epochs}: training {training}, validation {validation}."
        ),
        "waiting": word("The curves begin with the training."),
    }

    epochs = traitlets.Int(1).tag(sync=True)
    steps = traitlets.Int(0).tag(sync=True)  # batches in an epoch
    batch_losses = traitlets.Bytes().tag(sync=True)  # float32, one a batch
    rates = traitlets.Bytes().tag(sync=True)  # float32, one a batch
    # One list an epoch: loss, then macro-F1, each of training and validation.
    rows = traitlets.List().tag(sync=True)

    def __init__(self, epochs, **traits):
        if not isinstance(epochs, numbers.Integral) or isinstance(epochs, bool) or epochs < 1:
            raise ValueError(f"epochs must be a positive whole number, not {epochs!r}")
        super().__init__(epochs=int(epochs), **traits)

    def callback(self, training, validation):
        """The Keras callback that draws the curves.

        training     (images, labels) of some training images, measured after each epoch
        validation   (images, labels) of the validation images; labels (n,) are whole numbers
        returns      keras.callbacks.Callback for a model that returns probabilities

        The training loss of an epoch is that of the finished epoch's network without dropout, so that it
        can be compared with validation; Keras's own is a mean over batches during which the network changed.
        Raises ValueError when images and labels differ in number or are empty.
        """
        parts = [_checked(name, pair) for name, pair in (("training", training), ("validation", validation))]
        return _callback(self, parts)

    def description(self):
        if not self.rows:
            return message(
                "Training curves of {epochs} epochs; they are drawn in JupyterLab during training.",
                epochs=self.epochs,
            )
        return message(
            "Training curves after {epoch} of {epochs} epochs (measured macro-F1 {training} in training, "
            "{validation} in validation).",
            epoch=len(self.rows),
            epochs=self.epochs,
            training=f"{self.rows[-1][2]:.3f}",
            validation=f"{self.rows[-1][3]:.3f}",
        )

    def figure(self):
        words = self.words["en"]
        if not self.rows:
            figure, axes = plots.subplots(size=(6.4, 0.5))
            axes.axis("off")
            axes.text(0, 0.5, words["waiting"], va="center", color=plots.CHANCE)
            return figure
        rows, epochs = np.array(self.rows), np.arange(1, len(self.rows) + 1)
        figure, (left, middle, right) = plots.subplots(1, 3, size=(10.0, 3.0))
        batches = np.frombuffer(self.batch_losses, np.float32)
        places = np.arange(1, len(batches) + 1) / max(1, self.steps)
        left.plot(places, np.frombuffer(self.rates, np.float32), color=plots.CHANCE)
        middle.plot(places, batches, color=plots.CHANCE, linewidth=0.5, alpha=0.6, label=words["batches"])
        for axes, first in ((middle, 0), (right, 2)):
            axes.plot(epochs, rows[:, first], "o-", color=plots.POSITIVE, label=words["training"])
            axes.plot(epochs, rows[:, first + 1], "s--", color=plots.NEGATIVE, label=words["validation"])
            axes.legend()
        middle.set_ylim(0, _loss_limit(batches, rows))
        for axes, name in ((left, "rate"), (middle, "loss"), (right, "f1")):
            axes.set(xlabel=words["epoch"], title=words[name], xlim=(0, self.epochs * 1.02))
        return figure


def _loss_limit(batches, rows):
    """Highest loss that is drawn: the first batches would flatten all others."""
    typical = np.quantile(batches, 0.95) if len(batches) else 0.0
    return 1.1 * max(float(typical), float(rows[:, :2].max()), 1e-6)


def _checked(name, pair):
    """(images, labels) as arrays; ValueError when they do not fit."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ValueError(f"{name} must be a pair (images, labels), not {type(pair).__name__}")
    images, labels = np.asarray(pair[0]), np.asarray(pair[1])
    if not len(images):
        raise ValueError(f"{name} must hold at least one image, not 0")
    if labels.shape != (len(images),) or labels.dtype.kind not in "iub":
        raise ValueError(
            f"{name} must have whole numbers as labels, shape ({len(images)},), one for each image, "
            f"not {labels.dtype} of shape {labels.shape}"
        )
    return images, labels


def _measure(model, images, labels):
    """Cross-entropy and macro-F1 of a network's probabilities."""
    from sklearn.metrics import f1_score, log_loss

    probabilities = np.asarray(model.predict(images, batch_size=1000, verbose=0), np.float64)
    if probabilities.shape[1] == 1:
        probabilities = np.hstack([1 - probabilities, probabilities])
    if not np.allclose(probabilities.sum(axis=1), 1, atol=1e-3) or probabilities.min() < 0:
        raise ValueError("the model must return probabilities (softmax or sigmoid), not logits")
    classes = range(probabilities.shape[1])
    probabilities = np.clip(probabilities, 1e-7, 1)
    loss = log_loss(labels, probabilities / probabilities.sum(axis=1, keepdims=True), labels=classes)
    decided = probabilities.argmax(axis=1)
    return float(loss), float(f1_score(labels, decided, labels=classes, average="macro", zero_division=0))


def _callback(curves, parts):
    import keras

    class Curves(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.losses, self.rates, self.sent = [], [], 0.0
            with curves.hold_sync():
                curves.rows, curves.batch_losses, curves.rates = [], b"", b""
                curves.steps = int(self.params.get("steps") or 0)
                curves.epochs = int(self.params.get("epochs") or curves.epochs)

        def on_epoch_begin(self, epoch, logs=None):
            self.done, self.mean = 0, 0.0

        def on_train_batch_begin(self, batch, logs=None):
            self.rate = float(self.model.optimizer.learning_rate)

        def on_train_batch_end(self, batch, logs=None):
            # Keras reports the mean over the epoch so far; the batch's own loss follows from two means.
            done, mean = batch + 1, float(logs["loss"])
            own = (done * mean - self.done * self.mean) / (done - self.done)
            self.losses += [own] * (done - self.done)
            self.rates += [self.rate] * (done - self.done)
            self.done, self.mean = done, mean
            if time.monotonic() - self.sent > PAUSE:
                self.send()

        def send(self):
            self.sent = time.monotonic()
            with curves.hold_sync():
                curves.batch_losses = np.asarray(self.losses, np.float32).tobytes()
                curves.rates = np.asarray(self.rates, np.float32).tobytes()

        def on_epoch_end(self, epoch, logs=None):
            (loss, f1), (validation_loss, validation_f1) = (_measure(self.model, *part) for part in parts)
            with curves.hold_sync():
                curves.steps = curves.steps or self.done
                self.send()
                curves.rows = [*curves.rows, [loss, validation_loss, f1, validation_f1]]
            say(
                "epoch {epoch} of {epochs} (measured training loss {loss}, F1 {f1}; "
                "validation loss {validation_loss}, F1 {validation_f1})",
                epoch=epoch + 1,
                epochs=curves.epochs,
                loss=f"{loss:.3f}",
                f1=f"{f1:.3f}",
                validation_loss=f"{validation_loss:.3f}",
                validation_f1=f"{validation_f1:.3f}",
            )

    return Curves()
