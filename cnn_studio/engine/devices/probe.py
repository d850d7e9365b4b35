"""Whether a device computes: a small convolution is compiled and run there before it is called usable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import tensorflow as tf

from cnn_studio.engine.devices.time_limit import within
from cnn_studio.engine.tf_graphs import compiled

SECONDS_TO_ANSWER = 20.0
NEWER = (
    "This card is newer than TensorFlow's libraries, which hold no code for it. Update TensorFlow with "
    'pip install --upgrade "cnn-studio[cuda]", or train on the CPU until a release knows the card.'
)
EXPLANATIONS = (
    (r"NO_BINARY_FOR_GPU|no kernel image|kernel image is invalid|INVALID_PTX|UNSUPPORTED_PTX|ptxas", NEWER),
    (
        r"driver version is insufficient|INSUFFICIENT_DRIVER|DRIVER_MISMATCH|compatible driver",
        "Its driver is older than the CUDA libraries. Update the NVIDIA driver.",
    ),
    (
        r"OUT_OF_MEMORY|out of memory|OOM when",
        "Its memory is taken by another program. Close that one and start CNN Studio again.",
    ),
    (
        r"cudnn|DNN library",
        'The library cuDNN does not work with it. Install the one that fits: pip install "cnn-studio[cuda]"',
    ),
)
"""What TensorFlow says, and what it means; INVALID_PTX is how TensorFlow 2.20 refuses an RTX 50
(github.com/tensorflow/tensorflow/issues/101746)."""


def probe(name: str, seconds: float = SECONDS_TO_ANSWER) -> str:
    """Compile and run a small convolution and its gradients on a device.

    Args:
        name: TensorFlow's name of it, "/GPU:0".
        seconds: How long it may take.

    Returns:
        What is wrong, in sentences; empty where it computes.
    """
    try:
        where = within(seconds, lambda: _convolve(name))
    except TimeoutError:
        return _silent(name, seconds)
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, the device is not usable
        return explained(str(error) or type(error).__name__)
    if not where.upper().endswith(name.upper().lstrip("/")):
        return f"TensorFlow computed the trial convolution on {where} instead."
    return ""


def probe_all(names: Iterable[str]) -> dict[str, str]:
    """Probe devices at the same time, so that several that hang cost one time limit; name -> what is wrong."""
    names = list(names)
    with ThreadPoolExecutor(max(1, len(names))) as threads:
        return dict(zip(names, threads.map(probe, names), strict=True))


def explained(text: str) -> str:
    """Return what an error of TensorFlow's means for a person, or its first line."""
    for pattern, explanation in EXPLANATIONS:
        if re.search(pattern, text, re.IGNORECASE):
            return explanation
    return f"The trial convolution failed: {text.strip().splitlines()[0]}"


def _silent(name: str, seconds: float) -> str:
    if "GPU" not in name.upper():
        return f"It did not answer within {seconds:.0f} s."
    return (
        f"The card did not answer within {seconds:.0f} s. Another program may keep it busy, or it is newer than "
        'TensorFlow\'s libraries. Close the other program, or pip install --upgrade "cnn-studio[cuda]".'
    )


def _convolve(name: str) -> str:
    """Return the name of the device that computed a convolution's gradients."""
    with tf.device(name):
        images, filters = tf.ones([2, 8, 8, 1]), tf.ones([3, 3, 1, 2])

        @compiled()
        def gradients(images: tf.Tensor, filters: tf.Tensor) -> list[tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch([images, filters])
                total = tf.reduce_sum(tf.nn.relu(tf.nn.conv2d(images, filters, 1, "SAME")))
            slopes: list[tf.Tensor] = tape.gradient(total, [images, filters])
            return slopes

        of_filters = gradients(images, filters)[1]
        of_filters.numpy()  # a GPU answers before it has computed
    where: str = of_filters.device
    return where
