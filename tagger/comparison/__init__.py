"""Several models on the same sentences: who is better, by how much, and whether by more than chance."""
