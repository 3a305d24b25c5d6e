"""From a bad number to a better model: lessons, remedies, organisms, and the checks that prove what changed."""
