"""CNN Studio: a desktop laboratory for image-classifying convolutional networks."""

import os

# ONNX Runtime reports its use to its maker, over the network and from files of its own, unless this is set before
# it is loaded. Nothing of a person's work may leave this machine, and every way into the program comes through here.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__ = "0.1.0"
