"""What each model of a session is worth: every version measured on the same random labels, those of today.

A label of a random text counts for all versions, since each said at its time what it thought of the
whole validation set. So the curve rests on as many labels at its beginning as at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core.evaluation.estimates import Estimate, Share, estimate
from al_core.evaluation.metrics import Metrics
from al_core.labelling.consensus import Labels
from al_core.labelling.models import ModelVersion
from al_core.stopping import Observation
from al_core.stopping.kappa import kappa

COLUMNS = ("version", "spent", "labels", "validation_labels", "uncertainty", "agreement")
ESTIMATES = ("accuracy", "fn", "fp")
PAYING = ("asked", "random", "difference", "low", "high")


@dataclass(frozen=True)
class Curve:
    """All versions of a session, the oldest first, and today's labels of its validation set."""

    versions: Sequence[ModelVersion]
    held_out: npt.NDArray[np.int64]
    """Rows of the validation set (v,), labelled or not, in the order of drawing."""
    drawn: Labels
    """Those that have a label that counts."""
    n_classes: int

    @cached_property
    def _places(self) -> npt.NDArray[np.int64]:
        order = np.argsort(self.held_out)
        return order[np.searchsorted(self.held_out, self.drawn.items, sorter=order)]

    @cached_property
    def predicted(self) -> npt.NDArray[np.int64]:
        """What each version says of each labelled text of the validation set (versions, n)."""
        said = [np.array(each.details["held_out"], np.int64)[self._places] for each in self.versions]
        return np.array(said, np.int64).reshape(len(self.versions), len(self.drawn))

    @cached_property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether that is what people say (versions, n)."""
        return self.predicted == self.drawn.labels

    @cached_property
    def estimates(self) -> list[Estimate]:
        """What each version is estimated to be worth in the pool."""
        return [estimate(row, self.drawn.labels, self.n_classes) for row in self.predicted]

    def observations(self) -> list[Observation]:
        """Return what stopping criteria may know, with the accuracy on today's labels."""
        found = []
        for version, worth in zip(self.versions, self.estimates, strict=True):
            known = version.observation()
            if known is not None and worth.n:
                found.append(replace(known, validation=_metrics(known.validation, worth)))
        return found

    def frame(self) -> pd.DataFrame:
        """Return one line a version: labels, estimates with their intervals, stability, what asking paid.

        Columns: version, spent, labels, validation_labels (of today), uncertainty, agreement (kappa
        with the version before), {accuracy,fn,fp}{,_low,_high}, paying_{labels,asked,random,difference,
        low,high}. Unknown is NaN.
        """
        lines = []
        for place, (version, worth) in enumerate(zip(self.versions, self.estimates, strict=True)):
            stop_set = version.details.get("stop_set") or {}
            line = {
                "version": version.version,
                "spent": version.spent,
                "labels": version.labels,
                "validation_labels": worth.n,
                "uncertainty": stop_set.get("uncertainty"),
                "agreement": self._agreement(place),
            }
            line |= _parts("accuracy", worth.accuracy) | _parts("fn", worth.fn) | _parts("fp", worth.fp)
            told = version.details.get("paying") or {}
            line |= {f"paying_{name}": told.get(name) for name in ("labels", *PAYING)}
            lines.append(line)
        names = [f"{name}{end}" for name in ESTIMATES for end in ("", "_low", "_high")]
        columns = [*COLUMNS, *names, *(f"paying_{name}" for name in ("labels", *PAYING))]
        return pd.DataFrame(lines, columns=columns).astype("float64")

    def _agreement(self, place: int) -> float | None:
        if place == 0:
            return None
        one, other = (
            np.array(self.versions[at].details["stop_set"]["predicted"], np.int32)
            for at in (place - 1, place)
        )
        return kappa(one, other) if len(one) else None


def _parts(name: str, share: Share | None) -> dict[str, float | None]:
    """Return a share and its interval under their column names; all None where nothing is known."""
    if share is None or share.value is None:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"))
    return {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}


def _metrics(known: Metrics, worth: Estimate) -> Metrics:
    errors = worth.n - worth.accuracy.hits
    two = len(worth.confusion) == 2
    return replace(
        known,
        n=worth.n,
        accuracy=worth.accuracy.hits / worth.n,
        confusion=worth.confusion,
        fn=worth.confusion[1][0] if two else errors,
        fp=worth.confusion[0][1] if two else errors,
    )
