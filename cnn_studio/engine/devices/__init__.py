"""What this machine can train on, tried before it is called usable, and in words why something is not there."""

from cnn_studio.engine.devices.device_choice import find_device, list_devices
from cnn_studio.engine.devices.gpu_memory import memory_in_use
from cnn_studio.engine.devices.placement import (
    has_bfloat16,
    prepare_devices,
    strategy_of,
    tensorflow_name,
    usable_precision,
)

__all__ = [
    "find_device",
    "has_bfloat16",
    "list_devices",
    "memory_in_use",
    "prepare_devices",
    "strategy_of",
    "tensorflow_name",
    "usable_precision",
]
