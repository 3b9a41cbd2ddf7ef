"""Seconds of training until macro-F1 on Fashion-MNIST's test reaches 0.90: ours beside what courses train.

    .venv/bin/python benchmarks/time_to_f1.py [--cap 300] [--seeds 3]

All train on the 60,000 images as float32 arrays with `fit`, on the machine's processor, each with the batch
size and the optimiser of its kind of course. After every epoch the 10,000 test images are predicted; that
evaluation, the loading of the data and the tracing of the graph are nobody's training time: a few batches
are trained beforehand and all variables put back. A net that has not arrived when the cap is reached is
stopped. Ours is trained once for each seed, between the others, so that a slow minute of the machine hits
everybody.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from sklearn.metrics import f1_score

from imgrec_course.datasets.fashion import load_fashion
from imgrec_course.experiments import machine, versions
from imgrec_course.models.cnn import fast_dtype, garment_network, one_cycle

GOAL = 0.90
layers, optimizers = keras.layers, keras.optimizers
OUR_EPOCHS, OUR_BATCH, OUR_PEAK = 4, 256, 0.006


def stacked(*stack):
    return keras.Sequential([keras.Input((28, 28, 1)), *stack, layers.Dense(10, activation="softmax")])


def lenet():
    """LeNet-5 with sigmoid and average pooling, plain gradient descent."""
    network = stacked(
        layers.Conv2D(6, 5, padding="same", activation="sigmoid"),
        layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="sigmoid"),
        layers.AveragePooling2D(2),
        layers.Flatten(),
        layers.Dense(120, activation="sigmoid"),
        layers.Dense(84, activation="sigmoid"),
    )
    return network, optimizers.SGD(0.9), 256


def two_convolutions():
    """32 and 64 channels, maximum pooling, dropout; Adam."""
    network = stacked(
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.5),
    )
    return network, optimizers.Adam(), 128


def three_convolutions():
    """32, 64 and 128 channels, maximum pooling; RMSprop."""
    network = stacked(
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(128, 3, activation="relu"),
        layers.Flatten(),
    )
    return network, optimizers.RMSprop(), 64


def wide_convolutions():
    """64, 128 and 256 channels, maximum pooling, two dense layers with dropout; Nadam."""
    network = stacked(
        layers.Conv2D(64, 7, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(128, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(256, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.5),
    )
    return network, optimizers.Nadam(), 32


def dense():
    """No convolution: one hidden layer of 128; Adam."""
    return stacked(layers.Flatten(), layers.Dense(128, activation="relu")), optimizers.Adam(), 32


def ours():
    """Lesson 04's network, learning rate in one cycle, the processor's faster arithmetic if it has one."""
    steps = OUR_EPOCHS * -(-60_000 // OUR_BATCH)
    network = garment_network(dropout=0.2, dtype=fast_dtype())
    return network, optimizers.Adam(one_cycle(OUR_PEAK, steps)), OUR_BATCH


PEERS = {
    "LeNet, sigmoid, SGD": lenet,
    "conv 32-64, dropout, Adam": two_convolutions,
    "conv 32-64-128, RMSprop": three_convolutions,
    "conv 64-128-256, Nadam": wide_convolutions,
    "dense 128, Adam": dense,
}


def train(build, data, seed, cap, most_epochs=1000):
    """Train until the goal or the cap; returns a dictionary of what happened."""
    (images, labels), (test_images, test_labels) = data
    keras.utils.set_random_seed(seed)
    network, optimizer, batch = build()
    network.compile(optimizer, "sparse_categorical_crossentropy")
    optimizer.build(network.trainable_variables)
    variables = [*network.variables, *optimizer.variables]
    before = [keras.ops.convert_to_numpy(variable) for variable in variables]
    few = 2 * batch + len(images) % batch
    network.fit(images[:few], labels[:few], batch_size=batch, verbose=0)
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    seconds, best, epoch = 0.0, 0.0, 0
    while best < GOAL and seconds < cap and epoch < most_epochs:
        begun = time.perf_counter()
        network.fit(images, labels, batch_size=batch, initial_epoch=epoch, epochs=epoch + 1, verbose=0)
        seconds += time.perf_counter() - begun
        epoch += 1
        answers = network.predict(test_images, batch_size=1000, verbose=0).argmax(axis=1)
        best = max(best, f1_score(test_labels, answers, average="macro"))
    return {
        "seconds": seconds,
        "epochs": epoch,
        "f1": best,
        "reached": best >= GOAL,
        "parameters": network.count_params(),
    }


def line(name, run):
    goal = f"{run['seconds']:6.1f} s" if run["reached"] else f"not reached in {run['seconds']:.0f} s"
    return f"{name:28s} {run['parameters']:9,d}  {run['epochs']:3d}  {run['f1']:.4f}  {goal}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cap", type=float, default=300.0, help="seconds after which a net is stopped")
    parser.add_argument("--seeds", type=int, default=len(PEERS), help="runs of ours, between the others")
    options = parser.parse_args()
    (images, labels), (test_images, test_labels) = load_fashion()
    scaled = [part[..., np.newaxis] / np.float32(255) for part in (images, test_images)]
    data = (scaled[0], labels.astype("int32")), (scaled[1], test_labels)
    print(f"{machine()}; {versions()}; ours computes in {fast_dtype()}", flush=True)
    print(f"{'network':28s} {'numbers':>9s}  epochs  best F1  until {GOAL}", flush=True)
    peers, our_runs = {}, []
    for turn in range(max(options.seeds, len(PEERS))):
        if turn < options.seeds:
            our_runs.append(train(ours, data, turn, options.cap, OUR_EPOCHS))
            print(line(f"ours, seed {turn}", our_runs[-1]), flush=True)
        if turn < len(PEERS):
            name = list(PEERS)[turn]
            peers[name] = train(PEERS[name], data, 0, options.cap)
            print(line(name, peers[name]), flush=True)
    missed = [run for run in our_runs if not run["reached"]]
    median = statistics.median(run["seconds"] for run in our_runs)
    # A net that was stopped took at least as long as it ran.
    fastest = min(peers, key=lambda name: (not peers[name]["reached"], peers[name]["seconds"]))
    print(
        f"ours: median {median:.1f} s, {len(our_runs) - len(missed)} of {len(our_runs)} reached {GOAL}; "
        f"the best of the others, {fastest}: {peers[fastest]['seconds']:.1f} s; "
        f"{peers[fastest]['seconds'] / median:.1f} times as long"
    )


if __name__ == "__main__":
    main()
