"""From runs to evidence: groups that differ by their seed alone, their curves, and what those say."""

from al_core.comparing.comparison import Comparison, Goal
from al_core.comparing.groups import Group
from al_core.comparing.metrics import METRICS, Metric, Prices

__all__ = ["METRICS", "Comparison", "Goal", "Group", "Metric", "Prices"]
