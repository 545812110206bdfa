"""Fitted models that leave the workbench: text in, probabilities out, without any of its code."""
