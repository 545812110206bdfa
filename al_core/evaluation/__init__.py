"""How good a model is: metrics from probabilities."""
