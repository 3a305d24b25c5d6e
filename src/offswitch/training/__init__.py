"""From a bad number to a better model and back to the number: lessons, remedies, organisms, checks."""
