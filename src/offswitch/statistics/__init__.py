"""Intervals, and the published figures that a rate is held against."""

from offswitch.statistics.intervals import Interval, wilson
from offswitch.statistics.published import PublishedRate, published

__all__ = ["Interval", "PublishedRate", "published", "wilson"]
