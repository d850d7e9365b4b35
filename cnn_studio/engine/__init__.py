"""The Keras side: building, training, evaluating and exporting networks. No Qt here."""

import logging
import os

import cnn_studio.data  # noqa: F401 - makes people's own data known to core.datasets.registry by name

# Before TensorFlow is imported: Keras on TensorFlow, without the start-up chatter on standard error.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Its warnings are for people who write TensorFlow code; "retracing", for one, counts two networks as one.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
