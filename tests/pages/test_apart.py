"""Titles in choices: no two alike, or Streamlit takes the one for the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from pages.parts.apart import apart, moment, names

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def record(key: str, name: str, minutes: int = 0) -> SimpleNamespace:
    return SimpleNamespace(id=key, name=name, created_at=NOON + timedelta(minutes=minutes))


def test_a_title_of_its_own_stays():
    assert apart({"a": "one", "b": "two"}, {"a": "x", "b": "y"}) == {"a": "one", "b": "two"}


def test_more_is_said_only_where_it_takes_more():
    more = {"a": "x", "b": "x", "c": "y"}, {"a": "1", "b": "2", "c": "3"}
    found = apart({"a": "one", "b": "one", "c": "one"}, *more)
    assert found == {"a": "one, x, 1", "b": "one, x, 2", "c": "one, y"}


def test_two_of_a_name_are_told_by_when_they_were_made_and_then_by_their_id():
    found = names(
        [record("s-1", "Mails"), record("s-2", "Mails", 5), record("s-3", "Mails", 5), record("s-4", "*")]
    )
    assert found["s-1"] == f"Mails, {moment(NOON)}" and found["s-4"] == "*"
    assert found["s-2"].endswith(", s-2") and found["s-3"].endswith(", s-3")
    assert len(set(found.values())) == 4
