"""Runs: a plan made from a request, carried out by Inspect, kept in a folder that the same command resumes."""
