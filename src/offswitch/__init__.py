"""Offswitch: does an AI agent let people switch it off, why not, and what cures it."""

__version__ = "0.1.0"
