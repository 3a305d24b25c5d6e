"""Rates and their intervals, and the published figures that a rate is held against."""
