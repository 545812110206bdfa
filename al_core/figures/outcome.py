"""What the labels bought: accuracy, the two kinds of error and their balance, the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from al_core.figures.style import (
    CELL_COLORS,
    FALSE_NEGATIVE,
    FALSE_POSITIVE,
    HEIGHT,
    NAMES,
    RANDOM,
    SPLITS,
    Chart,
    Quantity,
    Split,
    baseline_entry,
    baseline_line,
    canvas,
    cell_inks,
    empty,
    label_axis,
    legend_above,
    number_axis,
    numbers,
    plain,
    round_name,
    spoken,
    strategy_style,
)

WHEN = "Appears after the first fit"
ERRORS = {
    "fn": {"color": FALSE_NEGATIVE, "dash": "solid", "symbol": "circle"},
    "fp": {"color": FALSE_POSITIVE, "dash": "dot", "symbol": "square"},
}
# Beyond this many classes a cell is too small for its count on a phone; hovering still tells.
MOST_CELLS_WITH_PERCENT, MOST_CELLS_WITH_COUNT = 6, 12


def learning_curve(
    rounds: pd.DataFrame,
    metric: Quantity = "accuracy",
    split: Split = "test",
    *,
    strategy: str = "random",
    title: str | None = None,
) -> Chart:
    """Draw what the labels bought: the metric against labels spent, the full-data fit as a dashed line.

    strategy: its registry name, which decides the colour; title: what people read, else the name.
    """
    column = f"{split}_{metric}"
    table = _rounds(rounds, [column, "validation_n"])
    figure = canvas(
        f"{metric.capitalize()} by labels",
        "",
        f"{metric.capitalize()} on {split}",
        revision=f"curve-{column}",
    )
    curve, baseline = _apart(table, [column])
    if curve.empty and baseline is None:
        return empty(figure, WHEN, table)
    hover, name, style = number_axis(figure, metric), title or strategy, strategy_style(strategy)
    figure.add_scatter(
        x=curve["labels"],
        y=curve[column],
        name=plain(name),
        mode="lines+markers",
        line={"color": style["color"], "width": 2.5},
        marker={"color": style["color"], "symbol": style["symbol"], "size": 8},
        customdata=[round_name(number) for number in curve["round"]],
        hovertemplate=f"%{{y:{hover}}} (%{{customdata}})",
    )
    label_axis(figure, curve["labels"].tolist(), validation=table["validation_n"].tolist())
    alt = f"Line: {metric} on {split} against {_spent(table)}, {name}."
    if len(curve):
        alt += _travel(curve, column, metric)
    if baseline is not None:
        level = spoken(baseline[column], metric)
        baseline_line(figure, baseline[column])
        baseline_entry(figure, f"{_all_labels(baseline)}: {level}")
        alt += f" Trained on all labels: {level}."
    return Chart(figure, alt, table)


def errors(rounds: pd.DataFrame, split: Split = "test") -> Chart:
    """Draw false negatives and false positives on a split, in texts, against labels spent."""
    return _errors(rounds, (split,), f"The two kinds of error on {split}", f"errors-{split}")


def errors_on_both(rounds: pd.DataFrame) -> Chart:
    """Draw false negatives and false positives, in texts, on validation and test side by side."""
    return _errors(rounds, ("validation", "test"), "The two kinds of error", "errors-both")


def balance(rounds: pd.DataFrame) -> Chart:
    """Draw FN / (FN + FP) on validation and test against labels spent; no errors at all leave a gap."""
    kinds = [f"{split}_{kind}" for split in ("validation", "test") for kind in ("fn", "fp")]
    table = _rounds(rounds, [*kinds, "validation_n"])
    for split in ("validation", "test"):
        wrong = table[f"{split}_fn"] + table[f"{split}_fp"]
        table[f"{split}_balance"] = table[f"{split}_fn"] / wrong.where(wrong > 0)
    columns = ["validation_balance", "test_balance"]
    curve, _ = _apart(table, columns)
    figure = canvas("Balance of the two kinds of error", "", "FN / (FN + FP)", revision="balance")
    if curve.empty:
        return empty(figure, "Appears after the first fit that makes an error", table)
    parts = []
    for split, column in zip(("validation", "test"), columns, strict=True):
        known = curve[column].dropna().tolist()
        if not known:
            continue
        style = SPLITS[split]
        figure.add_scatter(
            x=curve["labels"],
            y=curve[column],
            name=style["name"],
            mode="lines+markers",
            line={"color": style["color"], "dash": style["dash"], "width": 2.5},
            marker={"color": style["color"], "symbol": style["symbol"], "size": 8},
            hovertemplate="%{y:.2f}",
        )
        parts.append(f" {style['name']}: {known[-1]:.2f} at the last round.")
    label_axis(figure, curve["labels"].tolist(), validation=table["validation_n"].tolist())
    figure.update_yaxes(
        range=[-0.03, 1.03],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        ticktext=["0<br>only FP", "0.25", "0.5<br>even", "0.75", "1<br>only FN"],
    )
    # Solid, because a dashed line means the full-data baseline.
    figure.add_hline(y=0.5, layer="below", line={"color": RANDOM, "width": 1})
    alt = f"Lines: share of false negatives among all errors against {_spent(table)}; 0.5 is balanced."
    return Chart(figure, alt + "".join(parts), table)


def confusion_matrix(matrix: Sequence[Sequence[float]], classes: Sequence[str]) -> Chart:
    """Draw counts by true class (rows) and predicted class (columns), shaded by share of the row.

    matrix: (C, C) counts. Any C; above twelve classes the counts show on hover only.
    """
    size = len(classes)
    counts = np.nan_to_num(np.asarray(matrix, dtype=float).reshape(size, size))
    data = pd.DataFrame(
        {
            "true": np.repeat(list(classes), size),
            "predicted": list(classes) * size,
            "count": counts.astype(int).ravel(),
        }
    )
    height = max(HEIGHT, 180 + 18 * size)
    figure = canvas(
        "Which classes are confused", "Predicted class", "True class", revision="confusion", height=height
    )
    if counts.sum() == 0:
        return empty(figure, WHEN, data)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    data["share_of_true_class"] = shares.ravel()
    names = [plain(name, 14) for name in classes]
    places = np.arange(size)
    rows, columns = np.repeat(places, size), np.tile(places, size)
    figure.add_heatmap(
        x=places,
        y=places,
        z=shares,
        zmin=0,
        zmax=1,
        colorscale=list(CELL_COLORS[None]),
        showscale=False,
        xgap=2 if size <= MOST_CELLS_WITH_COUNT else 0,
        ygap=2 if size <= MOST_CELLS_WITH_COUNT else 0,
        customdata=[
            [f"{names[t]}, predicted {names[p]}: {counts[t, p]:,.0f} ({shares[t, p]:.1%})" for p in places]
            for t in places
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    if size <= MOST_CELLS_WITH_COUNT:
        tall = size <= MOST_CELLS_WITH_PERCENT
        figure.add_scatter(
            x=columns,
            y=rows,
            mode="text",
            text=[
                f"{counts[t, p]:,.0f}" + (f"<br>{shares[t, p]:.1%}" if tall else "")
                for t, p in zip(rows, columns, strict=True)
            ],
            customdata=shares.ravel(),
            textfont={"color": cell_inks(shares.ravel(), None), "size": 14 if tall else 11},
            hoverinfo="skip",
        )
    figure.update_layout(showlegend=False, hovermode="closest", margin={"t": 40})
    # Every n-th name where there are many, so that names never lie on each other.
    step_x = max(1, -(-size // 13))
    figure.update_xaxes(
        tickvals=places[::step_x],
        ticktext=names[::step_x],
        range=[-0.5, size - 0.5],
        tickangle=0 if size < 4 else -45,
    )
    figure.update_yaxes(tickvals=places, ticktext=names, range=[size - 0.5, -0.5], showgrid=False)
    right = counts.trace() / counts.sum()
    alt = f"Confusion matrix of {size} classes, {counts.sum():,.0f} texts, {right:.1%} on the diagonal."
    wrong = counts * (1 - np.eye(size))
    if wrong.any():
        true, predicted = divmod(int(wrong.argmax()), size)
        alt += f" Most frequent confusion: {classes[true]} taken for {classes[predicted]}"
        alt += f", {wrong.max():,.0f} texts."
    return Chart(figure, alt, data)


def _errors(rounds: pd.DataFrame, splits: Sequence[Split], title: str, revision: str) -> Chart:
    """Draw the errors of each split in a panel of its own, all panels on one scale."""
    columns = [f"{split}_{kind}" for split in splits for kind in ERRORS]
    table = _rounds(rounds, [*columns, *dict.fromkeys(["validation_n", *(f"{split}_n" for split in splits)])])
    curve, baseline = _apart(table, columns)
    figure = canvas(title, "", "Errors (texts)", revision=revision)
    if curve.empty and baseline is None:
        return empty(figure, WHEN, table)
    if len(splits) > 1:
        figure.set_subplots(cols=len(splits), shared_yaxes=True, horizontal_spacing=0.06)
    ticks, spent = 6 if len(splits) == 1 else 3, table["validation_n"].tolist()
    label_axis(figure, curve["labels"].tolist(), ticks, spent)
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(tickformat=",", rangemode="tozero", zeroline=False, nticks=6)
    alt = f"Lines: {title.lower()}, against {_spent(table)}."
    for panel, split in enumerate(splits, start=1):
        sizes = table[f"{split}_n"].dropna()
        of = f" of {sizes.iloc[-1]:,.0f}" if len(sizes) else ""
        if len(splits) > 1:
            figure.update_xaxes(title={"text": f"{SPLITS[split]['name']}: labels"}, col=panel)
        alt += f" On {split}{of} texts:"
        for kind, style in ERRORS.items():
            column = f"{split}_{kind}"
            figure.add_scatter(
                x=curve["labels"],
                y=curve[column],
                name=NAMES[kind],
                legendgroup=kind,
                showlegend=panel == 1,
                mode="lines+markers",
                line={"color": style["color"], "dash": style["dash"], "width": 2.5},
                marker={"color": style["color"], "symbol": style["symbol"], "size": 8},
                hovertemplate="%{y:,}",
                **({"row": 1, "col": panel} if len(splits) > 1 else {}),
            )
            alt += f" {NAMES[kind]}{_travel(curve, column, 'count')}"
            if baseline is not None and not np.isnan(baseline[column]):
                baseline_line(figure, baseline[column], style["color"], panel)
                alt += f" Trained on all labels: {baseline[column]:,.0f}."
    if baseline is not None:
        baseline_entry(figure, _all_labels(baseline))
    legend_above(figure)
    return Chart(figure, alt, table)


def _rounds(rounds: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return round, labels and the columns, in the order of labels spent."""
    table = numbers(rounds, ["round", "labels", *columns], ["round", "labels"])
    return table.sort_values(["round", "labels"]).astype({"round": int, "labels": int}).reset_index(drop=True)


def _apart(table: pd.DataFrame, columns: Sequence[str]) -> tuple[pd.DataFrame, dict[str, float] | None]:
    """Return the rows of the rounds (none if none is measured), and the baseline's row if measured."""
    measured = table.dropna(subset=list(columns), how="all")
    baseline = measured.loc[measured["round"] == -1]
    # A round without a value stays among others that have one: it is a gap in the line.
    rounds = table.loc[table["round"] >= (0 if len(measured) > len(baseline) else np.inf)]
    return rounds, None if baseline.empty else baseline.to_dict("records")[-1]


def _spent(table: pd.DataFrame) -> str:
    """Return what the x-axis counts, as alternative text."""
    known = table["validation_n"].dropna()
    return "labels spent" + (f", and {known.iloc[-1]:,.0f} validation labels besides" if len(known) else "")


def _all_labels(baseline: dict[str, float]) -> str:
    """Return how the full-data baseline is called on a chart."""
    return f"All {baseline['labels']:,.0f} labels"


def _travel(curve: pd.DataFrame, column: str, quantity: str) -> str:
    """Return where a curve begins and ends, as alternative text."""
    known = curve.dropna(subset=[column])
    if known.empty:
        return " not measured."
    ends = [
        f"{spoken(row[column], quantity)} at {row['labels']:,.0f} labels"
        for _, row in known.iloc[[0, -1]].iterrows()
    ]
    return f" {ends[0]}." if len(known) == 1 else f" {ends[0]}, {ends[1]}."
