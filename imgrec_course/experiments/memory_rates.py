"""Whether another rate, or clipping, wakes the networks of image_sequences that wait. Lesson 08 reads it.

The same clips, steps, batches and seeds as there; only what a part's name says is changed.
"""

import numpy as np

from imgrec_course.experiments import image_sequences


def trained(name, rate, clip=None):
    """A part: what becomes of a network with every seed.

    clip     length to which the gradient of each array of weights is shortened; None: it is left as it is
    returns  {"loss": curves, "seen", "test": confusion matrices of 1,000 clips of the training and of the
             test, "begin", "end": spread of the features before and after the training}, lists over the seeds
    """

    def part():
        import keras

        (x_train, y_train), test = image_sequences.clips()
        seen = x_train[: image_sequences.TEST], y_train[: image_sequences.TEST]
        result = {"loss": [], "seen": [], "test": [], "begin": [], "end": []}
        for seed in image_sequences.SEEDS:
            keras.utils.set_random_seed(seed)
            network = image_sequences.build(name)
            eyes = keras.Model(network.input, network.get_layer("features").output)
            result["begin"].append(image_sequences.spread(eyes.predict(test[0][:200], verbose=0)))
            network.compile(keras.optimizers.Adam(rate, clipnorm=clip), "sparse_categorical_crossentropy")
            losses = image_sequences.LossOfSteps()
            network.fit(
                x_train,
                y_train,
                batch_size=image_sequences.BATCH,
                epochs=image_sequences.EPOCHS,
                verbose=0,
                callbacks=[losses.callback()],
            )
            result["loss"].append(image_sequences.thinned(np.array(losses.values)))
            for kind, (x, y) in (("seen", seen), ("test", test)):
                result[kind].append(image_sequences.confusion(y, image_sequences.answers(network, x)))
            result["end"].append(image_sequences.spread(eyes.predict(test[0][:200], verbose=0)))
        return result

    return part


PARTS = {
    "GRU 0.0005": trained("GRU", 5e-4),
    "GRU 0.004": trained("GRU", 4e-3),
    "SimpleRNN 0.0005": trained("SimpleRNN normalised", 5e-4),
    "SimpleRNN 0.001": trained("SimpleRNN normalised", 1e-3),
    "SimpleRNN clipped": trained("SimpleRNN normalised", image_sequences.RATE, clip=1.0),
}
