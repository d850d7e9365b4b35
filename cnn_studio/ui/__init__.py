"""The window: Qt, NumPy and ONNX Runtime; TensorFlow is never imported here."""
