"""The people of a session side by side: how much, how fast, and how far they agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import func, select

from al_core.evaluation.estimates import wilson
from al_core.labelling import agreement, answers
from al_core.labelling.agreement import NO_LABEL, Agreement
from al_core.labelling.consensus import Opinion
from al_core.store.engine import Store
from al_core.store.schema import label_events, now

BIN = timedelta(minutes=5)
LATELY = timedelta(minutes=10)


def table(found: Sequence[Opinion]) -> tuple[list[int], list[str], npt.NDArray[np.int64]]:
    """Return items, people, and labels (items, people), `NO_LABEL` where one gave none."""
    people = sorted({name for each in found for name, _ in each.votes})
    column = {name: place for place, name in enumerate(people)}
    cells = np.full((len(found), len(people)), NO_LABEL, np.int64)
    for row, each in enumerate(found):
        for name, label in each.votes:
            cells[row, column[name]] = label
    return [each.item for each in found], people, cells


def measures(found: Sequence[Opinion]) -> dict[str, Agreement]:
    """Return the measures of agreement by their names; Cohen's only where exactly two people label."""
    _, people, cells = table([each for each in found if len(each.votes) > 1])
    measured = {
        "Krippendorff's alpha": agreement.krippendorff_alpha(cells),
        "Per cent agreement": agreement.per_cent_agreement(cells),
        "Fleiss' kappa": agreement.fleiss_kappa(cells),
    }
    if len(people) == 2:
        measured["Cohen's kappa"] = agreement.cohen_kappa(cells)
    return measured


def frame(store: Store, session_id: str, found: Sequence[Opinion]) -> pd.DataFrame:
    """Return one line a person: annotator, labels, skips, flags, seconds (median on screen), last,
    compared (texts that others labelled too), agreement (share of other people's labels of them that
    are the same), low, high.
    """
    same: dict[str, int] = {}
    pairs: dict[str, int] = {}
    shared: dict[str, int] = {}
    for each in found:
        for name, label in each.votes:
            others = [other for who, other in each.votes if who != name]
            if others:
                shared[name] = shared.get(name, 0) + 1
                pairs[name] = pairs.get(name, 0) + len(others)
                same[name] = same.get(name, 0) + others.count(label)
    lines = []
    events = _standing(store, session_id)
    # Of several answers of one person on one text, the last one stands.
    changed = (events["kind"] != "flag") & events.loc[events["kind"] != "flag"].duplicated(
        ["annotator", "item"], keep="last"
    ).reindex(events.index, fill_value=False)
    for name, part in events.loc[~changed].groupby("annotator"):
        counts, who = part["kind"].value_counts(), str(name)
        share = wilson(same.get(who, 0), pairs.get(who, 0))
        line = {"annotator": who, "labels": counts.get("label", 0), "skips": counts.get("skip", 0)}
        line |= {"flags": counts.get("flag", 0), "seconds": part["milliseconds"].median() / 1000}
        line |= {"last": part["created_at"].max(), "compared": shared.get(who, 0)}
        known = share.value is not None
        line |= {"agreement": share.value if known else np.nan}
        line |= {"low": share.low if known else np.nan, "high": share.high if known else np.nan}
        lines.append(line)
    columns = ["annotator", "labels", "skips", "flags", "seconds", "last", "compared"]
    return pd.DataFrame(lines, columns=[*columns, "agreement", "low", "high"])


def pace(store: Store, session_id: str) -> pd.DataFrame:
    """Return labels per person and five minutes: annotator, at (UTC), labels."""
    events = _standing(store, session_id)
    events = events.loc[events["kind"] == "label"]
    events = events.assign(at=pd.DatetimeIndex(events["created_at"]).floor(BIN), labels=1)
    return events.groupby(["annotator", "at"], as_index=False)["labels"].sum()


def lately(store: Store, session_id: str, annotator: str) -> tuple[int, float | None]:
    """Return how many labels of a person stand, and their pace of the last minutes in labels an hour.

    Cost: reads the person's events by an index. The pace is None until there are three labels to go by.
    """
    events = label_events
    mine = (events.c.session_id == session_id, events.c.annotator == annotator, events.c.kind == "label")
    total = select(func.count(events.c.item.distinct())).where(*mine, ~answers.undone())
    recent = select(events.c.created_at).where(*mine, events.c.created_at > now() - LATELY)
    with store.read() as connection:
        labels = connection.scalar(total) or 0
        moments: list[datetime] = list(connection.scalars(recent.order_by(events.c.id)).all())
    if len(moments) < 3:
        return labels, None
    seconds = max(1.0, (moments[-1] - moments[0]).total_seconds())
    return labels, 3600 * (len(moments) - 1) / seconds


def _standing(store: Store, session_id: str) -> pd.DataFrame:
    events = label_events
    columns = [events.c.annotator, events.c.item, events.c.kind, events.c.milliseconds, events.c.created_at]
    kinds = events.c.kind.in_((*answers.ANSWERS, "flag"))
    statement = select(*columns).where(events.c.session_id == session_id, kinds, ~answers.undone())
    with store.read() as connection:
        found = connection.execute(statement.order_by(events.c.id)).all()
    frame = pd.DataFrame(found, columns=[column.name for column in columns])
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
    return frame.astype({"milliseconds": "float64"})
