"""The loop: measure a model, make lessons, train it by a remedy, measure again where training never was, say so."""
