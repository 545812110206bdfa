"""Everything about a comparison as files, in one ZIP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

from al_core.comparing import Comparison, Goal, Prices
from al_core.evaluation.decisions import EVEN
from al_core.reporting.evidence import GOAL, summary
from al_core.reporting.packing import pack
from al_core.reporting.page import drawn
from al_core.reporting.subject import Subject, settings
from al_core.reporting.tables import Table, tables
from al_core.tables import to_csv


def bundle(
    found: Comparison,
    subject: Subject,
    metric: str = "accuracy",
    prices: Prices = EVEN,
    goal: Goal | None = GOAL,
    made_at: datetime | None = None,
) -> bytes:
    """Return a ZIP of all that is known of a comparison, and a list of what each file in it holds.

    The report, the table of groups, the data of each chart, settings as JSON; and as long tables, CSV and
    Parquet: rounds, and whatever else is stored (see `tables`). Texts are not in it. Cost: that of the
    report, and some seconds for a million texts asked about. Memory: the ZIP, and a part of one table.
    """
    page = drawn(found, subject, metric, prices, goal, made_at)
    rounds, sink = found.table(), io.BytesIO()
    rounds.to_parquet(sink, index=False)
    long = tables(found, subject, metric, prices, goal)
    files: dict[str, bytes] = {
        "contents.txt": _contents(long),
        "report.html": page.html().encode(),
        "rounds.csv": to_csv(rounds),
        "rounds.parquet": sink.getvalue(),
        "table.csv": to_csv(summary(found, metric, prices, goal)),
    }
    files |= {f"charts/{name}.csv": to_csv(chart.data) for name, chart in page.drawn.items()}
    files |= {f"configs/{name}": body.encode() for name, body in settings(found, subject).items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
        for table in long:
            pack(archive, table)
    return packed.getvalue()


def _contents(long: Sequence[Table]) -> bytes:
    """Return what each file holds, a line for each."""
    lines = {
        "report.html": "the report, which works without a network",
        "rounds": "every round of every run that is compared; round -1 is the fit on all labels",
        **{table.name: table.help for table in long},
        "table.csv": "a line for each group, as in the report",
        "charts": "the data of each chart of the report",
        "configs": "the settings of each group, with its first seed",
    }
    wide = max(map(len, lines)) + 2
    told = "".join(f"{name:<{wide}}{words}\n" for name, words in lines.items())
    return (
        f"{told}\nLong tables come as .csv and .parquet with the same columns. In .csv, an apostrophe stands "
        "before a text that a spreadsheet would take for a formula.\n"
        "A text is named by its row in the corpus; the first is 0.\n"
    ).encode()
