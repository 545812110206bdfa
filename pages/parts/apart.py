"""Titles that tell things apart: Streamlit takes two choices that are called alike for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol


class Named(Protocol):
    """What people gave a name, which another may have too."""

    @property
    def id(self) -> str:
        """Return what no other has."""
        ...

    @property
    def name(self) -> str:
        """Return what people call it."""
        ...

    @property
    def created_at(self) -> datetime:
        """Return when it was made."""
        ...


def apart(titles: Mapping[str, str], *more: Mapping[str, str]) -> dict[str, str]:
    """Return the titles, by key; where several are alike, with more words, one kind after the other."""
    found = dict(titles)
    for words in more:
        times = Counter(found.values())
        found = {
            key: title if times[title] == 1 else f"{title}, {words[key]}" for key, title in found.items()
        }
    return found


def names(records: Iterable[Named]) -> dict[str, str]:
    """Return a title for each by its id: its name, and where that is there twice, when it was made."""
    known = {each.id: each for each in records}
    return apart(
        {key: each.name for key, each in known.items()},
        {key: moment(each.created_at) for key, each in known.items()},
        {key: key[-8:] for key in known},
    )


def moment(when: datetime) -> str:
    """Return a date that stays: "2 min ago" would be another choice with every minute."""
    return f"{when.astimezone():%d %b %Y %H:%M}"
