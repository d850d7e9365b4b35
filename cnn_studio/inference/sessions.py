"""The one module that opens sessions of the ONNX runtime.

Every network that answers runs here, ours or a third party's, so what holds for all of them is said once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import onnxruntime

Session: TypeAlias = onnxruntime.InferenceSession
NO_FOLDER = str(Path(__file__).parent / "no weights outside of a model")

# Beside the variable set in `cnn_studio`, which counts from the library's first moment: this is its public switch.
onnxruntime.disable_telemetry_events()


def open_session(content: bytes, light: bool = False) -> Session:
    """Return a session that keeps to one core, leaves the others alone and says nothing.

    Args:
        content: An ONNX graph.
        light: Leave out the further optimizations, where they take longer than the few answers asked for save.

    Raises:
        Exception: Whatever the runtime says of a graph it cannot run; its own kinds have no common parent.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # A third-party model may name other files of this machine as its weights. Without a path they are looked for in
    # the working folder, and above it: so in a folder that does not exist, from where no file can be reached.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", NO_FOLDER)
    if light:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
