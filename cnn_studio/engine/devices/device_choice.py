"""The list of devices, and the choice of one.

Nothing is probed that nobody asked for: a training on the CPU begins without a look at the cards, and a
fresh worker touches no card's memory before it trains there.
"""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache

import tensorflow as tf

from cnn_studio.core.base.automatic_device import automatic_device
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.protocol.events import Device
from cnn_studio.engine.devices.missing_gpu import why_no_gpu
from cnn_studio.engine.devices.placement import has_bfloat16, tensorflow_name
from cnn_studio.engine.devices.probe import probe_all
from cnn_studio.engine.devices.tpu import find_tpu, tpu_address

SEVERAL_EXPLANATION = (
    "Each batch is shared out among {count}; a batch size of at least {size} keeps them busy. "
    "Batch normalization sees one device's share of a batch."
)
BATCH_FOR_EACH = 64


@cache
def list_devices() -> tuple[Device, ...]:
    """Return every device there is, probed once a process, and rows that explain what is missing."""
    gpus = [f"gpu:{number}" for number in range(len(tf.config.list_physical_devices("GPU")))]
    wrong = _wrong(("cpu", *gpus))
    found = [_described(name, wrong[name]) for name in ("cpu", *gpus)]
    if len(tf.config.list_logical_devices("CPU")) > 1:
        found.append(_all_of("cpus", len(tf.config.list_logical_devices("CPU"))))
    if not gpus:
        found.append(Device(id="", title="GPU: none found", usable=False, explanation=why_no_gpu()))
    if len(gpus) > 1:
        found.append(_all_gpus(wrong, gpus))
    if tpu_address() is not None:
        found.append(_tpu())
    return tuple(found)


def find_device(requested: str) -> str:
    """Return the id of a requested device: "cpu", "gpu:0", "gpus", "tpu"; "auto" takes the first GPU, TPU or CPU.

    A GPU or TPU is probed first; the CPU is taken as it is.

    Raises:
        StudioError: If it is not there or does not compute, with the reason.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if requested == "cpu" or (requested == "auto" and not gpus and tpu_address() is None):
        return "cpu"
    if requested.startswith("gpu:") and requested in (f"gpu:{number}" for number in range(len(gpus))):
        why = _wrong((requested,))[requested]
        if not why:
            return requested
        raise StudioError(f"The device '{requested}' cannot be used.", why, "Choose 'auto' or 'cpu'.")
    devices = list_devices()
    usable = [device.id for device in devices if device.usable]
    if requested == "auto":
        return automatic_device(usable)
    if requested in usable:
        return requested
    raise StudioError(
        f"The device '{requested}' cannot be used.", _why_not(requested, devices), "Choose 'auto' or 'cpu'."
    )


def _why_not(requested: str, devices: tuple[Device, ...]) -> str:
    if requested.startswith("gpu") and not tf.config.list_physical_devices("GPU"):
        return why_no_gpu()
    said = next(
        (device.explanation for device in devices if not device.usable and device.id == requested), ""
    )
    return said or f"Found here: {', '.join(device.id for device in devices if device.usable)}."


_PROBED: dict[str, str] = {}


def _wrong(ids: tuple[str, ...]) -> dict[str, str]:
    """Return what is wrong with each device, "" where it computes; each is probed once a process."""
    names = {name: tensorflow_name(name) for name in ids if name not in _PROBED}
    answers = probe_all(names.values())
    _PROBED.update({name: answers[names[name]] for name in names})
    return {name: _PROBED[name] for name in ids}


def _described(name: str, wrong: str) -> Device:
    if name == "cpu":
        title = f"CPU, {os.cpu_count() or 1} cores"
        return Device(id=name, title=title, usable=True, explanation=wrong or _processor_explanation())
    number = int(name.partition(":")[2])
    details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[number])
    return Device(
        id=name,
        title=f"GPU {number}, {details.get('device_name', 'unknown model')}",
        usable=not wrong,
        explanation=wrong,
        memory_bytes=_gpu_memory(number),
    )


def _all_gpus(wrong: dict[str, str], gpus: list[str]) -> Device:
    broken = [name.upper() for name in gpus if wrong[name]]
    if not broken:
        return _all_of("gpus", len(gpus))
    why = f"Not all of them can be used: {', '.join(broken)}. Choose a single one."
    return Device(id="gpus", title=f"All GPUs, {len(gpus)}", usable=False, explanation=why)


def _all_of(name: str, count: int) -> Device:
    title = f"All GPUs, {count}" if name == "gpus" else f"All logical CPUs, {count}"
    explanation = SEVERAL_EXPLANATION.format(count=count, size=BATCH_FOR_EACH * count)
    return Device(id=name, title=title, usable=True, explanation=explanation)


def _tpu() -> Device:
    try:
        find_tpu()
    except StudioError as error:
        return Device(id="tpu", title="TPU", usable=False, explanation=error.why)
    cores = len(tf.config.list_logical_devices("TPU"))
    explanation = f"A batch size that {cores} divides keeps every core busy."
    return Device(id="tpu", title=f"TPU, {cores} cores", usable=True, explanation=explanation)


def _processor_explanation() -> str:
    return (
        "Has bfloat16 arithmetic: mixed precision is faster here." if has_bfloat16() else platform.processor()
    )


def _gpu_memory(number: int) -> int:
    """Ask NVIDIA's own tool for a card's memory; TensorFlow does not tell it."""
    query = ["nvidia-smi", f"--id={number}", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=5, check=True).stdout
        return int(answer.strip()) * 2**20
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0
