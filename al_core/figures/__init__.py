"""Data frames to Plotly charts. Knows no page, no store and no run: only the columns it is given.

    chart = figures.errors(rounds, "test")
    dark = st.context.theme.type == "dark"
    st.plotly_chart(chart.themed(dark), theme="streamlit", config=figures.CONFIG, alt=chart.alt, key="errors")

Rounds are coded -1 for the full-data baseline, 0 for the initial fit, then 1, 2, ...
"""

from al_core.figures.classes import class_counts, queried_classes, text_lengths
from al_core.figures.outcome import (
    balance,
    confusion_matrix,
    errors,
    errors_on_both,
    learning_curve,
)
from al_core.figures.reliability import calibration_error, reliability
from al_core.figures.stopping import stopping_criteria
from al_core.figures.style import CONFIG, Chart, class_style, strategy_style
from al_core.figures.training import baseline_history, history, seconds

__all__ = [
    "CONFIG",
    "Chart",
    "balance",
    "baseline_history",
    "calibration_error",
    "class_counts",
    "class_style",
    "confusion_matrix",
    "errors",
    "errors_on_both",
    "history",
    "learning_curve",
    "queried_classes",
    "reliability",
    "seconds",
    "stopping_criteria",
    "strategy_style",
    "text_lengths",
]
