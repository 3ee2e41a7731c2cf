"""Training: the loop, its optimisation, its checkpoints, its progress."""
