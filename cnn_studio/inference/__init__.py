"""Answers from ONNX models, in milliseconds and without TensorFlow: the window and `predict` use it."""
