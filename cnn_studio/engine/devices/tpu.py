"""The TPU, where there is a sign of one: looking for one that is not there can take minutes."""

from __future__ import annotations

import importlib.util
import os
from functools import cache
from pathlib import Path
from typing import Any

import tensorflow as tf

from cnn_studio.core.base.errors import StudioError
from cnn_studio.engine.devices.time_limit import within

SECONDS_TO_CONNECT = 60.0
ACCELERATOR = Path("/dev/accel0")


def tpu_address() -> str | None:
    """Return the address of a TPU there is a sign of; None without a sign.

    "local" is one in this machine; Colab's older runtimes name theirs in COLAB_TPU_ADDR, as notebook 000
    reads it, and Google Cloud in TPU_NAME.
    """
    if os.environ.get("COLAB_TPU_ADDR"):
        return f"grpc://{os.environ['COLAB_TPU_ADDR']}"
    if os.environ.get("TPU_NAME"):
        return os.environ["TPU_NAME"]
    return "local" if ACCELERATOR.exists() or importlib.util.find_spec("libtpu") else None


@cache
def find_tpu() -> Any:
    """Connect to the TPU, once a process, and return its cluster resolver.

    Raises:
        StudioError: If there is no sign of one, or it does not answer in time.
    """
    address = tpu_address()
    if address is None:
        raise StudioError("There is no TPU.", "Nothing here points to one.", "Choose 'auto' or 'cpu'.")
    try:
        return within(SECONDS_TO_CONNECT, lambda: _connected(address))
    except TimeoutError as error:
        why = f"It did not answer within {SECONDS_TO_CONNECT:.0f} s."
        raise StudioError("The TPU cannot be used.", why, "Choose 'auto' or 'cpu'.") from error
    except Exception as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StudioError("The TPU cannot be used.", why, "Choose 'auto' or 'cpu'.") from error


def _connected(address: str) -> Any:
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=address)
    if address != "local":
        tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return resolver
