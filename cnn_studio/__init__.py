"""CNN Studio: a desktop laboratory for image-classifying convolutional networks."""

__version__ = "0.1.0"
