"""TF-IDF of characters in a row: for short or noisy text, and languages without spaces."""

from __future__ import annotations

from al_core.features.base import Counts
from al_core.features.counting import Pieces
from al_core.features.tfidf import Tfidf
from al_core.registry import Entry, Parameter


class Characters(Tfidf):
    """As `Tfidf`, but of characters in a row, inside words and at their edges.

    A misspelt word still shares most of them with the right one. Cavnar & Trenkle 1994.
    """

    def __init__(self, shortest: int, longest: int, rarest: int, vocabulary: int) -> None:
        super().__init__(longest, rarest, vocabulary, stop_words=False)
        self.shortest = min(shortest, longest)

    def _counting(self, rarest: int) -> Counts:
        return Pieces(self.shortest, self.longest, rarest)


ENTRY = Entry(
    name="characters",
    title="Characters in a row (TF-IDF)",
    help="Which pieces of words a text has. For short texts, misspelt ones, and languages without spaces.",
    build=Characters,
    paper="Cavnar & Trenkle 1994, N-gram-based text categorization",
    cost="One pass over the characters of all texts, the first time only",
    parameters=(
        Parameter("shortest", "Shortest piece", "Characters.", 2, 1, 10),
        Parameter("longest", "Longest piece", "Characters.", 4, 1, 10),
        Parameter(
            "rarest", "Rarest piece", "Texts that it must stand in; rarer ones are left out.", 2, 1, 1_000_000
        ),
        Parameter(
            "vocabulary",
            "Vocabulary",
            "How many different pieces are known, the most frequent ones.",
            100_000,
            1,
            10_000_000,
            advanced=True,
        ),
    ),
)
