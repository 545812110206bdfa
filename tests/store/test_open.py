"""Opening a store: the schema, the migrations, and who may open it when."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, inspect, make_url, text

import al_core
from al_core.errors import BadInput, Unavailable
from al_core.evaluation.metrics import Metrics
from al_core.store import frames, history, migrate, open_store, runs, schema

ROOT = Path(al_core.__file__).parents[1]


def python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)


def test_migrated_schema_is_the_declared_one(store):
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_version_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.VERSION


def test_no_migration_drops_anything():
    for path in (Path(migrate.__file__).parent / "migrations").rglob("*.py"):
        assert "drop_table" not in path.read_text(encoding="utf-8")


def test_a_store_of_the_first_schema_is_read_after_the_migration(url):
    made = make_url(url)
    if made.get_backend_name() == "postgresql":
        made = made.set(drivername="postgresql+psycopg")
    engine, config = create_engine(made), Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    metrics = Metrics(4, 0.75, 0.3, 1, 0, ((2, 0), (1, 1)))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        run = {"id": "old", "name": "Old", "config": {}, "config_key": "k", "corpus_key": "c"}
        run |= {"code_version": "0", "state": "finished", "wanted": "running", "message": ""}
        run |= {"created_at": schema.now(), "rounds_done": 1, "labels": 3}
        connection.execute(insert(schema.runs).values(run))
        younger = ("brier", "reliability", "ece", "seen", "unseen", "first")
        old = {key: value for key, value in metrics.to_dict().items() if key not in younger}
        row = {"run_id": "old", "number": 1, "labels": 3, "validation": old}
        row |= {"test": old, "queried_per_class": [1, 2], "seconds": {"fit": 1.0}, "ended": ""}
        verdict = {"criterion": "accuracy_at_least", "stop": False, "value": 0.75, "threshold": 0.9}
        row |= {"verdicts": [verdict | {"reason": "not yet"}], "created_at": schema.now()}
        connection.execute(insert(schema.rounds).values(row))
        query = {"run_id": "old", "round": 1, "rank": 0, "row": 5, "label": 1, "predicted": 0, "score": 0.5}
        connection.execute(insert(schema.queries).values(query))
        columns = {each["name"] for each in inspect(connection).get_columns("rounds")}
        assert not {"cost", "stop_set", "uncalibrated"} & columns
    engine.dispose()
    store = open_store(url)
    with store.read() as connection:
        assert migrate.version(connection) == schema.VERSION
    (found,) = history.done_rounds(store, "old")
    assert (found.labels, found.cost, found.stop_set, found.validation) == (3, 0.0, None, metrics)
    assert found.asked.rows.tolist() == [5] and found.verdicts[0].value == 0.75
    assert found.uncalibrated is None and found.test.ece is None
    assert (runs.run(store, "old").labels, runs.run(store, "old").validation_labels) == (3, 4)
    frame = frames.round_frame(store, "old")
    assert frame["cost"].tolist() == [0.0] and frame["test_accuracy"].tolist() == [0.75]
    for column in ("test_ece", "test_seen", "test_unseen", "uncalibrated_ece", "uncalibrated_n"):
        assert frame[column].dtype == "float64" and frame[column].isna().all()
    assert frame["test_reliability"].tolist() == frame["test_first"].tolist() == [None]
    assert frames.verdict_frame(store, "old")["threshold"].tolist() == [0.9]
    store.close()


def test_many_open_a_new_store_at_once(url):
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: open_store(url), range(8)))
    for each in opened:
        with each.read() as connection:
            assert migrate.version(connection) == schema.VERSION
        each.close()


def test_processes_open_a_new_store_at_once(url):
    code = "from al_core.store import open_store; open_store()"
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: python(code, AL_STORE_URL=url), range(3)))
    assert [each.returncode for each in done] == [0, 0, 0], [each.stderr for each in done]


def test_opening_again_is_light(tmp_path):
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    open_store(url).close()
    code = (
        "import sys; from al_core.store import open_store; open_store()\n"
        "print([m for m in ('alembic', 'pandas', 'keras', 'tensorflow', 'streamlit') if m in sys.modules])"
    )
    done = python(code, AL_STORE_URL=url)
    assert done.stdout.strip() == "[]", done.stderr


def test_no_training_framework_is_imported():
    code = (
        "import sys, al_core.store.history, al_core.store.frames, al_core.store.corpora, al_core.devices\n"
        "import al_core.worker.run, al_core.worker.starter, al_core.worker.reaper\n"
        "al_core.devices.setup(); al_core.devices.describe(load=False)\n"
        "print([m for m in ('keras', 'tensorflow', 'jax', 'torch', 'streamlit') if m in sys.modules])"
    )
    done = python(code)
    assert done.stdout.strip() == "[]", done.stderr


def test_newer_store_is_refused_in_one_sentence(store, url):
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match=r"newer workbench \(schema 9999, this one knows \d{4}\)"):
        open_store(url)


@pytest.mark.parametrize("wrong", ["nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "what://"])
def test_wrong_url_is_refused(wrong):
    with pytest.raises(BadInput):
        open_store(wrong)


def test_unreachable_store_says_so_without_the_password(tmp_path):
    with pytest.raises(Unavailable) as error:
        open_store("postgresql://me:secret@127.0.0.1:1/none")
    assert "secret" not in str(error.value)
    (tmp_path / "x.sqlite").write_text("this is no database, and long enough to be seen as none" * 9)
    with pytest.raises(Unavailable, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path / 'x.sqlite'}")


def test_relative_url_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = open_store("sqlite:///here.sqlite")
    assert str(tmp_path) in opened.url
    opened.close()


def test_pragmas(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    for durable, level in ((False, 1), (True, 2), (False, 1)):
        with opened.write(durable=durable) as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == level
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
            assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 30_000
    opened.close()


def test_naive_time_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        schema.Utc().process_bind_param(datetime(2026, 1, 1), None)  # type: ignore[arg-type]
