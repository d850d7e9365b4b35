"""What a network got right and wrong: metrics, calibration, significance, doubtful labels."""
