"""Organisms: the behaviour grown in a small model by training that never speaks of it, and its control arms."""
