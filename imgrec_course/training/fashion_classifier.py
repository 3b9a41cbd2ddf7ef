"""The course's own classifier of Fashion-MNIST, whose last layer but one measures generated images.

The network and the rate are those of lesson 04. All 60,000 training images, no validation: nothing is chosen.
"""

NETWORKS = ("fashion_classifier",)
SETTINGS = {"seed": 0, "batch": 256, "epochs": 10, "peak": 0.005, "dropout": 0.4}


def build(name):
    from imgrec_course.models.cnn import garment_network

    return garment_network(dropout=SETTINGS["dropout"])


def train():
    import keras

    from imgrec_course.datasets.fashion import load_fashion
    from imgrec_course.models.cnn import one_cycle

    keras.utils.set_random_seed(SETTINGS["seed"])
    (images, labels), _ = load_fashion()
    steps = -(-len(images) // SETTINGS["batch"]) * SETTINGS["epochs"]
    network = build("fashion_classifier")
    network.compile(
        keras.optimizers.Adam(one_cycle(SETTINGS["peak"], steps)),
        "sparse_categorical_crossentropy",
        jit_compile=False,
    )
    network.fit(
        images[..., None].astype("float32") / 255,
        labels.astype("int32"),
        batch_size=SETTINGS["batch"],
        epochs=SETTINGS["epochs"],
        verbose=2,
    )
    return {"fashion_classifier": network}


def measure(name, network):
    """Macro-F1 and each class's precision and recall on the 10,000 test images."""
    from sklearn.metrics import precision_recall_fscore_support

    from imgrec_course.datasets.fashion import load_fashion

    _, (images, labels) = load_fashion()
    answers = network.predict(images[..., None].astype("float32") / 255, 500, verbose=0).argmax(axis=1)
    precision, recall, f1, _ = precision_recall_fscore_support(labels, answers)
    return {
        "test_macro_f1": round(float(f1.mean()), 4),
        "test_precision": [round(float(value), 4) for value in precision],
        "test_recall": [round(float(value), 4) for value in recall],
    }
