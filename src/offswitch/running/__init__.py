"""Runs: plans, directories, resume, caps."""
