"""How every chart looks: what each colour means, the template, the frame around the data.

Lines, markers and outlines hold 3:1 against white and against #0e1117, so they are the same in both
themes. No grey text can hold 4.5:1 against both, so the colour of text is chosen last, by `Chart.themed`.
"""

from __future__ import annotations

import html
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

Split = Literal["validation", "test"]
Quantity = Literal["loss", "accuracy"]

HEIGHT = 360
"""Pixels; only charts with many classes grow beyond it."""
PHONE = 285
"""Pixels of a plot's width on a phone 390 px wide, axis taken off."""
MARGIN_TOP = 76
"""Pixels for the title and one row of legend."""

FALSE_NEGATIVE = "#D55E00"
FALSE_POSITIVE = "#0072B2"
RANDOM = "#7F848D"
BASELINE = "#7F848D"
ACCENT = "#7A6AD8"
TEXT: dict[bool | None, str] = {False: "#636973", True: "#8F959E", None: "#757B84"}
"""By dark, light or unknown page: at least 4.5:1 on the page it is for (4.3:1 when unknown), and 3:1
on the other, because for a moment after a switch of theme the server knows only the former one."""
INK = "#0E1117"
ON_LINES = "on-lines"
"""Name of annotations that lines run behind."""
VEIL = {False: "rgba(255, 255, 255, 0.85)", True: "rgba(18, 21, 27, 0.85)", None: "rgba(0, 0, 0, 0)"}
"""Behind such words, by dark, light or unknown page."""
FAINT = "rgba(127, 132, 141, 0.25)"

NAMES = {"fn": "False negatives (missed positives)", "fp": "False positives (false alarms)"}

SPLITS: dict[str, dict[str, str]] = {
    "train": {"name": "Training", "color": "#9385E3", "dash": "dot", "symbol": "circle-open"},
    "validation": {"name": "Validation", "color": "#6F5FD0", "dash": "solid", "symbol": "circle"},
    "test": {"name": "Test", "color": "#9385E3", "dash": "dashdot", "symbol": "diamond"},
}

# Okabe-Ito less black, which a dark page swallows, and the two hues that mean the kinds of error.
CLASS_COLORS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442")
CLASS_PATTERNS = ("", "/", ".", "\\", "x", "-", "|", "+")

STRATEGY_COLORS = ("#0E8F83", "#A8740C", "#C2569B", "#4F8A10", "#96643C")
STRATEGY_SYMBOLS = ("square", "triangle-up", "diamond", "pentagon", "star", "hexagon")
# The first five have a colour of their own; the colour of any other name follows from its letters.
STRATEGY_ORDER = ("ratio_corrected", "ratio_published", "least_confidence", "margin", "entropy")

# A dark page turns the scale round: there, more is lighter.
CELL_COLORS: dict[bool | None, tuple[str, str]] = {
    False: ("#E3EBF5", "#08519C"),
    True: ("#1C2733", "#7CC0F8"),
    None: ("#E3EBF5", "#08519C"),
}
"""Of a share of 0 and of 1 in a confusion matrix, by dark, light or unknown page."""

CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
    "toImageButtonOptions": {"format": "svg", "filename": "chart"},
}
"""For `st.plotly_chart(..., config=CONFIG)`."""

TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": '"Source Sans", "Source Sans Pro", sans-serif', "size": 13, "color": TEXT[None]},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "colorway": [ACCENT, *STRATEGY_COLORS],
        "xaxis": {"gridcolor": FAINT, "linecolor": FAINT, "zerolinecolor": FAINT},
        "yaxis": {"gridcolor": FAINT, "linecolor": FAINT, "zerolinecolor": FAINT},
    }
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure, the sentence that replaces it for who cannot see it, and the table behind it."""

    figure: go.Figure
    alt: str
    data: pd.DataFrame

    def themed(self, dark: bool | None = None) -> go.Figure:
        """Return a copy whose text is readable on a dark or a light page (None: fair on both)."""
        figure, ink = go.Figure(self.figure), TEXT[dark]
        figure.update_layout(font={"color": ink}, legend={"font": {"color": ink}}, modebar={"color": ink})
        # Each axis by name, because Streamlit's theme, laid over the template, colours axes too.
        axis = {"tickfont": {"color": ink}, "title": {"font": {"color": ink}}}
        figure.update_xaxes(axis)
        figure.update_yaxes(axis)
        figure.update_traces(colorscale=list(CELL_COLORS[dark]), selector={"type": "heatmap"})
        figure.update_annotations(bgcolor=VEIL[dark], selector={"name": ON_LINES})
        for trace in traces(figure):
            if trace.type == "scatter" and trace.mode == "text":
                trace.textfont.color = cell_inks(trace.customdata, dark)
        return figure


def traces(figure: go.Figure) -> Iterator[Any]:
    """Yield the traces of a figure, each of its own Plotly type."""
    yield from figure["data"]


def class_color(position: int, chosen: Sequence[str] = ()) -> str:
    """Return the colour of the class at a position: the one that people chose, else the palette's."""
    return chosen[position] if position < len(chosen) else CLASS_COLORS[position % len(CLASS_COLORS)]


def class_style(position: int) -> dict[str, Any]:
    """Return the bar marker of the class at a position: colour, and a pattern from the second on."""
    # Five colours and eight patterns share no factor, so forty classes differ before one comes again.
    return {
        "color": class_color(position),
        "pattern": {
            "shape": CLASS_PATTERNS[position % len(CLASS_PATTERNS)],
            "fillmode": "overlay",
            "fgcolor": "rgba(14, 17, 23, 0.45)",
            "size": 6,
            "solidity": 0.25,
        },
        "line": {"color": RANDOM, "width": 1},
    }


def strategy_style(name: str) -> dict[str, str]:
    """Return colour and marker symbol of a strategy: the same for a name on every page."""
    if name == "random":
        return {"color": RANDOM, "symbol": "circle"}
    # Not hash(), which differs from process to process.
    number = STRATEGY_ORDER.index(name) if name in STRATEGY_ORDER else zlib.crc32(name.encode())
    return {
        "color": STRATEGY_COLORS[number % len(STRATEGY_COLORS)],
        "symbol": STRATEGY_SYMBOLS[number % len(STRATEGY_SYMBOLS)],
    }


def cell_inks(shares: npt.ArrayLike, dark: bool | None) -> list[str]:
    """Return for each share (N,) black or white: what contrasts more with its cell, 4.5:1 or better."""
    low, high = (
        np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255 for color in CELL_COLORS[dark]
    )
    cells = low + np.asarray(shares)[:, None] * (high - low)
    linear = np.where(cells <= 0.04045, cells / 12.92, ((cells + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    # (L + 0.05) / 0.05, the contrast with black, equals 1.05 / (L + 0.05), that with white, at 0.179.
    return np.where(luminance > 0.179, "#000000", "#FFFFFF").tolist()


def plain(text: object, width: int = 28) -> str:
    """Return text as Plotly shows it literally: no markup, one line, cut to a width in characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split()) or "(no name)"
    return html.escape(line if len(line) <= width else line[: width - 1] + "…", quote=False)


def numbers(frame: pd.DataFrame, columns: Sequence[str], needed: Sequence[str]) -> pd.DataFrame:
    """Return the columns as float64; missing and infinite become NaN, rows without the needed go."""
    table = pd.DataFrame(
        {
            column: pd.to_numeric(frame[column], errors="coerce") if column in frame else np.nan
            for column in columns
        },
        index=frame.index,
        dtype="float64",
    )
    return table.replace([np.inf, -np.inf], np.nan).dropna(subset=list(needed)).reset_index(drop=True)


def round_name(number: float) -> str:
    """Return what people call a round: "start" is the initial fit, "all labels" the baseline."""
    return {-1: "all labels", 0: "start"}.get(int(number), f"round {number:,.0f}")


def canvas(title: str, x: str, y: str, *, revision: str, height: int = HEIGHT) -> go.Figure:
    """Return an empty figure with everything around the data; zoom survives while `revision` stays."""
    # In one call, because Plotly checks the whole figure at each; and on the figure, not in the
    # template, because Streamlit's theme overwrites the template's spacing.
    return go.Figure(
        layout={
            "template": TEMPLATE,
            "title": {"text": title, "x": 0, "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 6}},
            "height": height,
            "margin": {"l": 8, "r": 12, "t": MARGIN_TOP, "b": 8, "pad": 4},
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
            "hovermode": "x unified",
            # A drag over a chart scrolls the page on a phone; zoom is a button away.
            "dragmode": False,
            "uirevision": revision,
            "modebar": {"bgcolor": "rgba(0, 0, 0, 0)", "activecolor": ACCENT},
            "xaxis": {
                "title": {"text": x, "standoff": 8},
                "showgrid": False,
                "zeroline": False,
                "automargin": True,
            },
            "yaxis": {
                "title": {"text": y, "standoff": 8},
                "zeroline": False,
                "nticks": 6,
                "automargin": True,
            },
        }
    )


def empty(figure: go.Figure, when: str, data: pd.DataFrame) -> Chart:
    """Return the figure with one line in place of the data, saying when there will be some."""
    figure.update_layout(showlegend=False, hovermode=False)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(
        text=when, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 14}
    )
    return Chart(figure, f"{figure['layout']['title']['text']}: no data yet. {when}.", data)


def legend_above(figure: go.Figure, width: int = PHONE) -> None:
    """Make room above the plot for as many rows of legend as a phone needs; past three the figure grows.

    width: of the plot on a phone, in pixels.
    """
    names = [trace.name for trace in traces(figure) if trace.name and trace.showlegend is not False]
    # Plotly gives every entry the width of the widest: about 6 px a letter and 40 px for the mark.
    widest = 40 + 6 * max((len(html.unescape(name)) for name in names), default=0)
    rows = -(-len(names) // max(1, width // widest))
    more = max(0, 24 * rows - 36)
    figure.update_layout(height=HEIGHT + max(0, more - 36), margin={"t": MARGIN_TOP + more})


def baseline_line(figure: go.Figure, y: float, color: str = BASELINE, panel: int = 1) -> None:
    """Draw the dashed line of the full-data baseline over the whole width of a panel."""
    axis = "" if panel == 1 else str(panel)
    figure.add_shape(
        type="line",
        xref=f"x{axis} domain",
        x0=0,
        x1=1,
        yref=f"y{axis}",
        y0=y,
        y1=y,
        layer="below",
        line={"color": color, "dash": "dash", "width": 1.5},
    )


def baseline_entry(figure: go.Figure, name: str) -> None:
    """Say in the legend what the dashed line is: a label on it would lie on the data."""
    line = {"color": BASELINE, "dash": "dash", "width": 1.5}
    figure.add_scatter(x=[None], y=[None], mode="lines", name=name, line=line, hoverinfo="skip")


def label_axis(
    figure: go.Figure, labels: Sequence[int], ticks: int = 6, validation: Sequence[float] = ()
) -> None:
    """Make the x-axis count labels spent. labels: those of the points drawn.

    validation: how many validation labels each point had besides; where it is known, the axis says so.
    """
    known = [each for each in validation if each > 0]
    more = f", and {known[-1]:,.0f} validation labels" if known else ""
    figure.update_xaxes(
        title={"text": f"Labels spent{more}", "standoff": 8},
        tickformat=",",
        tickangle=0,
        automargin=True,
        nticks=ticks,
        unifiedhovertitle={"text": "%{x:,} labels"},
    )
    if len(set(labels)) <= 1:
        # Plotly would tell one point apart from its neighbours by fractions of a label.
        middle = labels[0] if labels else 0
        figure.update_xaxes(range=[middle - 1, middle + 1], tickvals=labels[:1])


def round_axis(figure: go.Figure, rounds: Sequence[int], limit: int = 8) -> None:
    """Name the rounds on the x-axis, at most about `limit` of them so that names never touch."""
    step = max(1, -(-len(rounds) // limit))
    shown = list(rounds)[::step]
    figure.update_xaxes(
        tickvals=shown, ticktext=["start" if number == 0 else f"{number:,}" for number in shown]
    )


def number_axis(figure: go.Figure, quantity: Quantity) -> str:
    """Format the y-axis for a quantity and return the hover format of its values."""
    figure.update_yaxes(tickformat=".1~%" if quantity == "accuracy" else ".3~f")
    return ".1%" if quantity == "accuracy" else ".3f"


def spoken(value: float, quantity: str) -> str:
    """Return a value as alternative text says it: per cent for shares, thousands for counts."""
    if np.isnan(value):
        return "unknown"
    return {"accuracy": f"{value:.1%}", "loss": f"{value:.3f}"}.get(quantity, f"{value:,.0f}")
