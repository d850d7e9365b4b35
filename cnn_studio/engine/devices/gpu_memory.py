"""What a training holds of the memory of GPUs."""

from __future__ import annotations

import tensorflow as tf


def memory_in_use() -> int:
    """Return the bytes of tensors on all GPUs of a process that trains there; 0 where TensorFlow cannot say.

    TensorFlow reserves more than that of a GPU, but only this says what a training needs.
    """
    total = 0
    for device in tf.config.list_logical_devices("GPU"):
        try:
            total += int(tf.config.experimental.get_memory_info(device.name)["current"])
        except (ValueError, RuntimeError):
            continue
    return total
