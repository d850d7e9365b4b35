"""The Keras side: building, training, evaluating and exporting networks. No Qt here."""

import os

# Before TensorFlow is imported: Keras on TensorFlow, without the start-up chatter on standard error.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
