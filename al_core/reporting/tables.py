"""All that is stored of compared runs, as long tables: each a schema, and parts that follow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from al_core.comparing import Comparison, Goal, Prices
from al_core.reporting import rows
from al_core.reporting.rows import Values
from al_core.reporting.subject import Subject
from al_core.store import streams


@dataclass(frozen=True, slots=True)
class Table:
    """One table that leaves the workbench."""

    name: str
    help: str
    """One line on what it holds."""
    schema: pa.Schema
    read: Callable[[], Iterator[Values]]

    def parts(self) -> Iterator[pa.Table]:
        """Yield the table in parts, one at least."""
        begun = False
        for values in self.read():
            begun = True
            # From pandas: NaN is an empty cell.
            arrays = [pa.array(values[each.name], each.type, from_pandas=True) for each in self.schema]
            yield pa.Table.from_arrays(arrays, schema=self.schema)
        if not begun:
            yield self.schema.empty_table()


def tables(
    found: Comparison, subject: Subject, metric: str, prices: Prices, goal: Goal | None
) -> list[Table]:
    """Return every table of a comparison; nothing is read yet."""
    ids, store = [run.id for group in found.groups for run in group.runs], found.store
    classes = {run.id: list(subject.classes(run)) for run in found.runs}

    def table(
        name: str, words: str, columns: Mapping[str, pa.DataType], read: Callable[[], Iterator[Values]]
    ) -> Table:
        return Table(name, words, pa.schema(list(columns.items())), read)

    return [
        table("runs", "every run with its settings as JSON", rows.RUNS, lambda: rows.runs(found)),
        table(
            "queries",
            "every text asked about, by its row in the corpus; no answer: the oracle abstained",
            rows.QUERIES,
            lambda: rows.queries(streams.queries_of(store, ids), classes),
        ),
        table(
            "epochs",
            "every epoch of every fit",
            rows.EPOCHS,
            lambda: rows.columns(rows.EPOCHS, streams.epochs_of(store, ids)),
        ),
        table(
            "confusions",
            "confusion matrices, a line for each cell that is not 0",
            rows.CONFUSIONS,
            lambda: rows.confusions(found, classes),
        ),
        table(
            "reliability",
            "how often the model was right, by how sure it was",
            rows.RELIABILITY,
            lambda: rows.reliability(found),
        ),
        table(
            "stopping",
            "what each stopping criterion said after each round",
            rows.STOPPING,
            lambda: rows.stopping(streams.stopping_of(store, ids)),
        ),
        table(
            "verdicts",
            "each group against random by every metric, and against the others; shares, not per cent",
            rows.VERDICTS,
            lambda: rows.verdicts(found, metric, prices, goal),
        ),
    ]
