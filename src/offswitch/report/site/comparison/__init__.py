"""Before and after: two runs, or two models, side by side and paired."""
