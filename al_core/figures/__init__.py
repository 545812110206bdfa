"""Data frames to Plotly charts. Knows no page, no store and no run: only the columns it is given.

    chart = figures.errors(rounds, "test")
    dark = st.context.theme.type == "dark"
    st.plotly_chart(chart.themed(dark), theme="streamlit", config=figures.CONFIG, alt=chart.alt, key="errors")

Rounds are coded -1 for the full-data baseline, 0 for the initial fit, then 1, 2, ...
"""

from al_core.figures.asked import group_classes, group_lengths, group_novelty, group_overlap, group_seconds
from al_core.figures.classes import class_counts, queried_classes, text_lengths
from al_core.figures.comparison import group_confusion, group_curves, group_differences, group_errors
from al_core.figures.decisions import cost_by_threshold, errors_by_threshold, precision_recall, roc
from al_core.figures.labelling import estimated_accuracy, estimated_errors, paying, uncertainty
from al_core.figures.outcome import (
    balance,
    confusion_matrix,
    errors,
    errors_on_both,
    learning_curve,
)
from al_core.figures.people import annotators, pace
from al_core.figures.per_class import class_shares, estimated_errors_per_class
from al_core.figures.pool import pool_map
from al_core.figures.reliability import calibration_error, reliability
from al_core.figures.settings import settings_lines
from al_core.figures.stopping import stopping_criteria
from al_core.figures.story import story_cost, story_curves, story_errors, story_saved
from al_core.figures.style import CONFIG, Chart, class_style, strategy_style
from al_core.figures.training import baseline_history, history, seconds

__all__ = [
    "CONFIG",
    "Chart",
    "annotators",
    "balance",
    "baseline_history",
    "calibration_error",
    "class_counts",
    "class_shares",
    "class_style",
    "confusion_matrix",
    "cost_by_threshold",
    "errors",
    "errors_by_threshold",
    "errors_on_both",
    "estimated_accuracy",
    "estimated_errors",
    "estimated_errors_per_class",
    "group_classes",
    "group_confusion",
    "group_curves",
    "group_differences",
    "group_errors",
    "group_lengths",
    "group_novelty",
    "group_overlap",
    "group_seconds",
    "history",
    "learning_curve",
    "pace",
    "paying",
    "pool_map",
    "precision_recall",
    "queried_classes",
    "reliability",
    "roc",
    "seconds",
    "settings_lines",
    "stopping_criteria",
    "story_cost",
    "story_curves",
    "story_errors",
    "story_saved",
    "strategy_style",
    "text_lengths",
    "uncertainty",
]
