"""Where a training is computed: a device of TensorFlow's, or a strategy over several."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import tensorflow as tf

from cnn_studio.core.base.automatic_device import is_processor
from cnn_studio.core.recipes.recipe import Precision, UsedPrecision
from cnn_studio.engine.devices.tpu import find_tpu

SEVERAL = {"gpus": "GPU", "cpus": "CPU"}


def prepare_devices() -> None:
    """Let GPU memory grow as needed instead of taking all of it; before the first use of a GPU."""
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def tensorflow_name(device: str) -> str:
    """Return TensorFlow's own name of a device's id: "/CPU:0", "/GPU:0".

    Where an id means several, it is the one that takes what is not distributed; beside a TPU, the host.
    """
    if device == "gpus":
        return "/GPU:0"
    return f"/{device.upper()}" if device.startswith("gpu:") else "/CPU:0"


@cache
def strategy_of(device: str) -> tf.distribute.Strategy | None:
    """Return the strategy that trains on a device's id: None where it is a single device.

    "gpus" and "cpus" (logical ones, for tests) are mirrored, "tpu" has a strategy of its own. There is one
    of each a process: the second of a kind would number its sums over the devices like the first, and
    TensorFlow takes them for the same ("Shape mismatch in the collective instance").

    Raises:
        StudioError: If the TPU does not answer.
    """
    if device == "tpu":
        return tf.distribute.TPUStrategy(find_tpu())
    if device not in SEVERAL:
        return None
    return tf.distribute.MirroredStrategy(
        [each.name for each in tf.config.list_logical_devices(SEVERAL[device])]
    )


def usable_precision(requested: Precision, device: str) -> UsedPrecision:
    """Return the precision to train in.

    "auto" is mixed_bfloat16 on a TPU and on a processor that multiplies bfloat16, else float32; a request for
    mixed_bfloat16 on a processor that does not becomes float32.
    """
    if is_processor(device):
        return "mixed_bfloat16" if requested != "float32" and has_bfloat16() else "float32"
    if device == "tpu":
        return "float32" if requested == "float32" else "mixed_bfloat16"
    return "mixed_bfloat16" if requested == "mixed_bfloat16" else "float32"


@cache
def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware (AVX512-BF16 or AMX); Linux only knows."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
