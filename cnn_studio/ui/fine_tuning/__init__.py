"""Fine-tuning on a person's drawings, and the My-hand score."""
