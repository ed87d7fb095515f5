"""Measurements against PyTorch, run from a clone: `python -m benchmarks.training_step`."""
