"""The formats a network can be exported to; the engine's exporters have one writer for each."""

from __future__ import annotations

import msgspec


class ExportFormat(msgspec.Struct, frozen=True):
    """One format: its name for people, its file's ending (empty for a folder), what it is for."""

    title: str
    suffix: str
    purpose: str


EXPORT_FORMATS: dict[str, ExportFormat] = {
    "keras": ExportFormat("Keras", ".keras", "One file for Keras 3 and for CNN Studio"),
    "onnx": ExportFormat("ONNX", ".onnx", "For ONNX Runtime in C++, C#, Java, JavaScript, Rust …"),
    "tflite": ExportFormat("TFLite", ".tflite", "For phones and microcontrollers (LiteRT)"),
    "savedmodel": ExportFormat("SavedModel", "", "A folder for TensorFlow and TensorFlow Serving"),
}
