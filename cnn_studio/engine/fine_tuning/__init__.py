"""Fine-tuning a trained network on one person's drawings."""
