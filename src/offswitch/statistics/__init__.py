"""Numbers: intervals and published figures."""
