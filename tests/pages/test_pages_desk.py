"""What the labelling page gives the desk, on a real store that now and then takes nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

from al_core.labelling.settings import LabelSettings
from al_core.workbench import Workbench
from pages.parts import bench as opened
from pages.parts.labelling import desk_state

pytestmark = pytest.mark.usefixtures("no_workers")
ME = "test@example.com"
"""Whom AppTest signs in."""
TEXTS = 6
REFUSED = "cannot be written"


@pytest.fixture
def begun(bench: Workbench) -> str:
    rows = b"".join(b"text %d,x\n" % number for number in range(TEXTS))
    upload = bench.read_upload("own.csv", b"text,label\n" + rows)
    settings = LabelSettings(classes=("no", "yes"), validation=0, random_share=0.0, overlap=1)
    key = bench.add(bench.draft(upload, "text", None), "Own texts")
    return bench.labelling.create("My session", key, settings)


@contextmanager
def read_only() -> Iterator[None]:
    """Have SQLite itself take nothing from the pages, as from a disk that is mounted for reading alone."""
    engine = opened.bench().store.engine

    def refuse(connection: Any) -> None:
        connection.exec_driver_sql("PRAGMA query_only = ON")

    event.listen(engine, "begin", refuse)
    try:
        yield
    finally:
        event.remove(engine, "begin", refuse)
        engine.dispose()


def given(at: AppTest) -> dict[str, Any]:
    """Return what the page last gave the desk."""
    (found,) = [each for each in _elements(at.main) if each.type == "bidi_component"]
    return json.loads(found.proto.json)


def _elements(node: Node) -> Iterator[Any]:
    if isinstance(node, Block):
        for child in node.children.values():
            yield from _elements(child)
    else:
        yield node


def told(item: int, kind: str = "label") -> Any:
    label = 0 if kind == "label" else None
    return {"uuid": str(uuid.uuid4()), "kind": kind, "item": item, "label": label}


def test_a_store_that_cannot_be_written_is_told_and_no_text_called_done(shell, bench, begun):
    bench.labelling.save(begun, ME, [told(0, "skip"), told(1)])
    assert len(given(shell.open("desk", session=begun))["items"]) > 0
    with read_only():
        found = given(shell.run())
    assert REFUSED in found["message"] and (found["items"], found["skipped"]) == ([], 0)
    bench.labelling.save(begun, ME, [told(item) for item in range(2, TEXTS)])
    found = given(shell.run())
    assert (found["message"], found["skipped"]) == ("No other text is left for you now.", 1)
    bench.labelling.pause(begun)
    found = given(shell.run())
    assert "paused" in found["message"] and found["skipped"] == 0


def test_all_of_a_long_outbox_is_told_as_saved(shell, begun):
    outbox = [told(number % TEXTS) for number in range(desk_state.SAVED + 20)]
    desk_state._save(begun, ME, outbox[:30])
    desk_state._save(begun, ME, outbox)
    state = desk_state._state(begun, ME)
    assert list(state.saved) == [each["uuid"] for each in outbox] and state.error == ""
    desk_state._save(begun, ME, [told(0)])
    assert len(state.saved) == desk_state.SAVED


def test_skipped_texts_that_cannot_be_seen_again_get_one_sentence(shell, begun):
    def click(session: str) -> None:
        from pages.parts.labelling import desk_state

        desk_state._see_again(session)

    at = AppTest.from_function(click, args=(begun,))
    at.run()
    assert "again" in at.query_params and not at.toast
    at.query_params.clear()
    store = opened.bench().store
    store.close()
    file = Path(store.url.removeprefix("sqlite:///"))
    for rest in file.parent.glob(f"{file.name}-*"):
        rest.unlink()
    file.write_bytes(b"no database " * 100)
    at.run()
    assert not at.exception and not at.query_params
    assert "its file is no SQLite database" in at.toast[0].value.replace("\\", "")
