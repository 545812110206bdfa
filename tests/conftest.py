"""What every test gets: a data folder and a store of its own, and quiet where it measures seconds."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from al_core.store import Store, open_store
from al_core.worker import starter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
settings.register_profile("shared machine", deadline=None)  # what takes long here is other work
settings.load_profile("shared machine")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fail where pytest and pytest-xdist do not understand each other: groups would be torn apart."""
    if session.config.getoption("loadgroup", False) and hasattr(session.config, "workerinput"):
        torn = [
            item
            for item in session.items
            if item.get_closest_marker("xdist_group") and "@" not in item.nodeid
        ]
        if torn:
            raise pytest.UsageError(
                f"{torn[0].nodeid} has lost its group: install what requirements.txt names."
            )


@contextmanager
def turn(shared: Path, *, alone: bool) -> Iterator[None]:
    """Let tests of several processes run side by side, but one that is alone with no other.

    shared: a path that all of them name. What waits to be alone goes before every test that comes later.
    """
    import fcntl

    with shared.with_suffix(".door").open("w") as door, shared.with_suffix(".room").open("w") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.flock(door, fcntl.LOCK_UN)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Run what measures seconds while the other workers wait: what they do would be measured as well."""
    if not hasattr(item.config, "workerinput") or os.name == "nt":
        return (yield)
    of_all_workers = Path(item.config.getoption("basetemp")).parent
    with turn(of_all_workers / "turn", alone=item.get_closest_marker("alone") is not None):
        return (yield)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test an empty AL_HOME, no store but the one in it, and no file of song lines."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AL_HOME", str(folder))
    monkeypatch.delenv("AL_STORE_URL", raising=False)
    monkeypatch.delenv("AL_LYRICS_CSV", raising=False)
    yield folder
    # What the test has started and left; a trainer would look for labels for ten minutes.
    for child in starter._children:
        if child.poll() is None:
            child.terminate()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Name an empty store: SQLite, and PostgreSQL where `AL_TEST_POSTGRES_URL` names a server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    server = os.environ.get("AL_TEST_POSTGRES_URL")
    if not server:
        pytest.skip("needs AL_TEST_POSTGRES_URL, a server on which databases may be made")
    name = f"al_test_{uuid.uuid4().hex}"
    admin = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Open that store."""
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of a pretrained encoder that was never trained: 1 layer, 8 numbers, 30 words."""
    hub = pytest.importorskip("keras_hub", reason="KerasHub is not installed; it is optional")
    import keras

    keras.utils.set_random_seed(0)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = "the film is good bad dull cat dog a not very and or but it was he she ##s ##ed ##ing der 映 😀 ."
    vocabulary = special + words.split()
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    hub.models.BertBackbone(
        vocabulary_size=len(vocabulary),
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=64,
    ).save_to_preset(str(folder))
    hub.models.BertTokenizer(vocabulary=vocabulary, lowercase=True).save_to_preset(str(folder))
    return str(folder)
