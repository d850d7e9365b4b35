"""What this machine can train on, and in words why something is not there."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path

import tensorflow as tf

from cnn_studio.core.errors import StudioError
from cnn_studio.core.events import Device
from cnn_studio.core.recipe import Precision, UsedPrecision

NO_GPU = {
    "win32": "TensorFlow sees no GPU on Windows since version 2.11. Run CNN Studio inside WSL2 to use one.",
    "darwin": "TensorFlow's packages for macOS compute on the CPU only.",
}


def list_devices() -> tuple[Device, ...]:
    """Return the CPU, each GPU, and a row that explains a missing GPU."""
    cores = os.cpu_count() or 1
    found = [Device(id="cpu", title=f"CPU, {cores} cores", usable=True, explanation=_processor_explanation())]
    gpus = tf.config.list_physical_devices("GPU")
    for number, gpu in enumerate(gpus):
        details = tf.config.experimental.get_device_details(gpu)
        title = f"GPU {number}, {details.get('device_name', 'unknown model')}"
        found.append(Device(id=f"gpu:{number}", title=title, usable=True, memory_bytes=_gpu_memory(number)))
    if not gpus:
        found.append(Device(id="", title="GPU: none found", usable=False, explanation=_why_no_gpu()))
    return tuple(found)


def prepare_devices() -> None:
    """Let GPU memory grow as needed instead of taking all of it; before the first use of a GPU."""
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def find_device(wish: str) -> str:
    """Return the id of a wished device: "cpu", "gpu:0"; "auto" takes the first GPU there is.

    Raises:
        StudioError: If it is not there, with the reason.
    """
    devices = [device for device in list_devices() if device.usable]
    ids = [device.id for device in devices]
    if wish == "auto":
        wish = next((name for name in ids if name.startswith("gpu")), "cpu")
    if wish not in ids:
        why = _why_no_gpu() if wish.startswith("gpu") and len(ids) == 1 else f"Found here: {', '.join(ids)}."
        raise StudioError(f"The device '{wish}' cannot be used.", why, "Choose 'auto' or 'cpu'.")
    return wish


def tensorflow_name(device: str) -> str:
    """Return TensorFlow's own name of a device's id: "/CPU:0", "/GPU:0"."""
    return "/CPU:0" if device == "cpu" else f"/{device.upper()}"


def usable_precision(wish: Precision, device: str) -> UsedPrecision:
    """Return the precision to train in.

    "auto" is mixed_bfloat16 on a processor that multiplies bfloat16, else float32; a wish for
    mixed_bfloat16 on a processor that does not becomes float32.
    """
    if device == "cpu":
        return "mixed_bfloat16" if wish != "float32" and has_bfloat16() else "float32"
    return "mixed_bfloat16" if wish == "mixed_bfloat16" else "float32"


@cache
def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware (AVX512-BF16 or AMX); Linux only knows."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


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


def _why_no_gpu() -> str:
    if sys.platform in NO_GPU:
        return NO_GPU[sys.platform]
    if Path("/proc/driver/nvidia/version").exists():
        return (
            "There is an NVIDIA driver, but TensorFlow cannot load the CUDA libraries it needs. "
            'Install them with: pip install "cnn-studio[cuda]"'
        )
    return "No NVIDIA driver is installed, so there is no GPU that TensorFlow could use. Training runs on the CPU."
