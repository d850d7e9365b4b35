"""Why there is no GPU, in words."""

from __future__ import annotations

import sys
from pathlib import Path

NO_GPU = {
    "win32": "TensorFlow sees no GPU on Windows since version 2.11. Run CNN Studio inside WSL2 to use one.",
    "darwin": "TensorFlow's packages for macOS compute on the CPU only.",
}
DRIVERS = (Path("/proc/driver/nvidia/version"), Path("/usr/lib/wsl/lib/libcuda.so.1"))
"""An NVIDIA driver leaves the first on Linux and the second inside WSL2."""


def why_no_gpu() -> str:
    """Return why TensorFlow sees no GPU here, and what can be done."""
    if sys.platform in NO_GPU:
        return NO_GPU[sys.platform]
    if any(driver.exists() for driver in DRIVERS):
        return (
            "There is an NVIDIA driver, but TensorFlow cannot load the CUDA libraries it needs. "
            'Install them with: pip install "cnn-studio[cuda]"'
        )
    return "No NVIDIA driver is installed, so there is no GPU that TensorFlow could use. Training runs on the CPU."
