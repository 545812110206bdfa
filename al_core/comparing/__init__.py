"""From runs to evidence: groups that differ by their seed alone, their curves, and what those say."""

from al_core.comparing.comparison import Comparison, Stamp
from al_core.comparing.goals import Goal, usual_goal
from al_core.comparing.groups import Group
from al_core.comparing.metrics import METRICS, Metric
from al_core.evaluation.decisions import Prices

__all__ = ["METRICS", "Comparison", "Goal", "Group", "Metric", "Prices", "Stamp", "usual_goal"]
