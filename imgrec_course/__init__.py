"""Image Recognition, Precise and Complete: the helper package of the course."""

import logging
import os

__version__ = "0.1.0"

# Read by TensorFlow and Keras when a lesson imports them; what the learner has set stays.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no lines about processor features under a cell


def _concerns_the_learner(record):
    """False for TensorFlow's advice to trace less, which a lesson with several models cannot follow."""
    return "triggered tf.function retracing" not in record.getMessage()


logging.getLogger("tensorflow").addFilter(_concerns_the_learner)
