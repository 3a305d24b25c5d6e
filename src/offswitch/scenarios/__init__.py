"""The behaviours under test, one folder each, and what they share."""
