"""What may go goes, and nothing else: each kind of file, each state, and the command."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from al_core import paths, presets
from al_core.__main__ import main
from al_core.config import Component
from al_core.disk import cleaning
from al_core.disk.usage import part_of, size, usage
from al_core.errors import BadInput
from al_core.features import eviction
from al_core.labelling import sessions, trainers
from al_core.labelling.settings import LabelSettings
from al_core.store import corpora, lifecycle, models, open_store, runs
from al_core.store.models import Origin
from al_core.store.records import Process
from al_core.store.schema import runs as runs_table
from al_core.store.states import SOURCES
from al_core.worker import process

DAY = 24 * 3600
CONFIG = presets.preset("demo").config


@pytest.fixture
def store(home):
    opened = open_store()
    yield opened
    opened.close()


def put(name: str, age_days: float = 100, size: int = 1000) -> Path:
    """Write a file into the data folder, so old."""
    path = paths.home() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    old(path, age_days)
    return path


def old(path: Path, days: float) -> None:
    then = time.time() - days * DAY
    os.utime(path, (then, then))


def entry(number: int, age_days: float) -> Path:
    path = put(f"features/{number:032x}/dense.npy", age_days)
    old(path.parent, age_days)
    return path.parent


def a_run(store, state: str) -> str:
    """Queue a run and bring it to a state, whatever the way."""
    run_id = runs.create_run(store, CONFIG, "c")
    with store.write() as connection:
        connection.execute(update(runs_table).where(runs_table.c.id == run_id).values(state=state))
    return run_id


def session(store) -> str:
    settings = LabelSettings(classes=("a", "b"), validation=0)
    return sessions.create(store, "S", "c", 10, settings)


def found(store, days=30) -> dict[str, str]:
    return {each.path.relative_to(paths.home()).as_posix(): each.kind for each in cleaning.find(store, days)}


def test_features_go_once_they_were_not_used_for_so_many_days(store):
    first, second, third = (entry(number, age) for number, age in enumerate((40, 20, 0)))
    assert found(store) == {f"features/{first.name}": "features"}
    assert found(store, 10) == {f"features/{each.name}": "features" for each in (first, second)}
    assert found(store, 0) == found(store, 10), "what was used within ten minutes stays"
    assert third.exists()


def test_features_that_a_run_at_work_may_have_opened_stay(store):
    me = process.this()
    before, since = entry(0, (time.time() - me.created) / DAY + 1), entry(1, 0)
    old(since, (time.time() - me.created) / DAY / 2)
    runs.create_run(store, CONFIG, "c", me)
    assert f"features/{since.name}" not in found(store, 0)
    assert f"features/{before.name}" in found(store, 0)


def test_checkpoints_go_where_no_state_leads_on(store):
    every = {state: a_run(store, state) for state in SOURCES}
    for run_id in every.values():
        put(f"runs/{run_id}/checkpoint.npz")
    assert found(store) == {f"runs/{every['finished']}/checkpoint.npz": "checkpoint"}
    for state, run_id in every.items():
        if lifecycle.resumable(state):
            assert (paths.run(run_id) / "checkpoint.npz").exists()


def test_what_belongs_to_another_store_stays(store):
    for name in ("runs/unknown/checkpoint.npz", "runs/unknown/log.txt", "labelling/unknown/log.txt"):
        put(name)
    put("corpora/unknown.log.txt")
    assert found(store) == {}


def test_unfinished_files_go_a_day_later_but_not_those_of_somebody_at_work(store):
    ended, running, queued = (a_run(store, state) for state in ("failed", "running", "queued"))
    trained, left = session(store), session(store)
    assert trainers.begin(store, trained)
    origin = Origin(run_id=ended, round=0)
    for _ in range(2):
        models.create(store, "m", origin, threshold=None, fn_price=1, fp_price=1, note="", promoted_by="A")
    models.failed(store, "m", 1, "No room.")
    gone = [
        f"runs/{ended}/checkpoint.part",
        f"runs/{ended}/.export-3.1234abcd.zip",
        f"runs/{ended}/models/round-3.model.part",
        f"labelling/{left}/.learned-2.part",
        "corpora/.imdb.abc.tmp",
        "models/m/1/.export.1234abcd.part/model.json",
        "features/tmpabc.part/dense.npy",
    ]
    stays = [
        f"runs/{running}/checkpoint.part",
        f"runs/{queued}/models/round-3.model.part",
        f"labelling/{trained}/.learned-2.part",
        "models/m/2/.export.1234abcd.part/model.json",
    ]
    for name in (*gone, *stays):
        path = put(name)
        if path.parent.name.endswith(".part"):
            old(path.parent, 100)
    put(f"runs/{ended}/models/round-4.model.part", age_days=0.9)
    put("features/tmpnew.part/dense.npy", age_days=0.1)
    old(paths.features() / "tmpnew.part", 100)
    names = {name if ".part/" not in name else name.rpartition("/")[0] for name in gone}
    assert found(store) == dict.fromkeys(names, "unfinished") == found(store, 0)


def test_logs_go_once_they_are_old_and_nobody_writes_them(store):
    ended, running = a_run(store, "failed"), a_run(store, "running")
    trained, left = session(store), session(store)
    assert trainers.begin(store, trained)
    for key in ("ready-1", "read-1"):
        corpora.begin(store, key, Component(name="demo"), "Demo")
    corpora.failed(store, "ready-1", "No room.")
    for name in (
        f"runs/{ended}/log.txt",
        f"runs/{running}/log.txt",
        f"labelling/{left}/log.txt",
        f"labelling/{left}/simulation.txt",
        f"labelling/{trained}/log.txt",
        "corpora/ready-1.log.txt",
        "corpora/read-1.log.txt",
        "models/m/1/log.txt",
    ):
        put(name, age_days=31)
    expected = [
        f"runs/{ended}/log.txt",
        *(f"labelling/{left}/{name}" for name in ("log.txt", "simulation.txt")),
    ]
    assert found(store) == dict.fromkeys([*expected, "corpora/ready-1.log.txt"], "log")
    assert found(store, 40) == {}
    for name in expected:
        old(paths.home() / name, 0.5)
    assert found(store, 0) == {"corpora/ready-1.log.txt": "log"}, "a log of today stays"


KEPT = (
    "workbench.sqlite-wal.old",
    "corpora/imdb-1.parquet",
    "data/lyrics_pop_rap.csv",
    "runs/{run}/models/round-0.model.npz",
    "runs/{run}/models/round-0.predictions.npz",
    "runs/{run}/export-0/model.json",
    "runs/{run}/notes.txt",
    "labelling/{session}/model-1.npz",
    "labelling/{session}/learned-1.npz",
    "labelling/{session}/predictions-1.npy",
    "labelling/{session}/words-1.npz",
    "labelling/{session}/export-1/model.json",
    "models/spam/1/model.npz",
    "models/spam/1/labelled.npz",
    "models/spam/1/export/model.json",
    "models/spam/1/log.txt",
)


@pytest.mark.parametrize("state", SOURCES)
def test_what_must_never_go_stays(store, state, capsys):
    names = [name.format(run=a_run(store, state), session=session(store)) for name in KEPT]
    for name in names:
        put(name, age_days=3000)
    assert main(["clean", "--days", "0"]) == 0
    assert all((paths.home() / name).is_file() for name in names)
    assert "can go" in capsys.readouterr().out
    again = open_store()
    assert len(runs.states(again)) == len(names) and len(sessions.list_sessions(again)) == len(names)
    again.close()


def test_links_are_not_followed(store, tmp_path):
    run_id = a_run(store, "failed")
    mine = tmp_path / "mine.part"
    mine.mkdir()
    (mine / "thesis.txt").write_text("x")
    old(mine / "thesis.txt", 100)
    paths.run(run_id)
    (paths.run(run_id) / "link.part").symlink_to(mine, target_is_directory=True)
    assert found(store) == {}


def test_what_is_touched_between_the_look_and_the_removal_stays(store):
    run_id = a_run(store, "failed")
    log, features = put(f"runs/{run_id}/log.txt"), entry(0, 100)
    listed = cleaning.find(store, 30)
    assert len(listed) == 2
    log.write_text("It goes on.")
    eviction.use(features)
    assert [cleaning.remove(each) for each in listed] == [False, False]
    assert log.exists() and features.exists()


def test_what_is_open_on_windows_stays_and_is_told(store, monkeypatch, capsys):
    run_id = a_run(store, "finished")
    path = put(f"runs/{run_id}/checkpoint.npz")

    def refuse(self, missing_ok=False):
        raise PermissionError(13, "The process cannot access the file", str(self))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert main(["clean", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert path.exists() and told["removed"] == [] and told["bytes"] == 0
    assert told["in_use"] == [{"kind": "checkpoint", "path": f"runs/{run_id}/checkpoint.npz", "bytes": 1000}]


def test_the_command(store, capsys):
    place, path = entry(0, 100), put(f"runs/{a_run(store, 'finished')}/checkpoint.npz", size=2_000_000)
    assert main(["clean", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["dry_run"], told["days"], told["bytes"]) == (True, 30, 2_001_000)
    assert [each["kind"] for each in told["removed"]] == ["features", "checkpoint"]
    assert told["home"] == str(paths.home()) and told["free_bytes"] > 0
    assert place.exists() and path.exists()
    assert main(["clean", "--dry-run"]) == 0
    assert "Would remove 2 files and folders, 2.0 MB." in capsys.readouterr().out
    assert main(["clean"]) == 0
    out = capsys.readouterr().out
    assert f"features        1.0 kB  features{os.sep}{place.name}" in out
    assert "Removed 2 files and folders, 2.0 MB." in out
    assert not place.exists() and not path.exists()
    assert main(["clean"]) == 0
    assert f"Nothing in {paths.home()} can go." in capsys.readouterr().out


def test_bad_input_changes_nothing(store, capsys):
    place = entry(0, 100)
    assert main(["clean", "--days", "-1"]) == 2
    assert "Give a number of days from 0, not -1." in capsys.readouterr().err
    with pytest.raises(BadInput):
        cleaning.find(store, -1)
    assert place.exists()


def test_without_the_store_nothing_is_removed(home, monkeypatch, capsys):
    place = entry(0, 100)
    monkeypatch.setenv("AL_STORE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert main(["clean"]) == 1
    assert capsys.readouterr().err and place.exists()


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("workbench.sqlite", "store"),
        ("workbench.sqlite-wal", "store"),
        ("corpora/imdb-1.parquet", "corpora"),
        ("corpora/imdb-1.log.txt", "logs"),
        ("corpora/.imdb-1.x.tmp", "unfinished"),
        ("features/ab/dense.npy", "features"),
        ("features/x.part/dense.npy", "unfinished"),
        ("runs/r/log.txt", "logs"),
        ("runs/r/checkpoint.npz", "checkpoints"),
        ("runs/r/models/round-1.model.npz", "models"),
        ("runs/r/export-1/saved/variables/x", "exports"),
        ("labelling/s/model-1.npz", "models"),
        ("labelling/s/simulation.txt", "logs"),
        ("models/exporter/1/model.npz", "models"),
        ("models/m/1/export/model.json", "exports"),
        ("data/lyrics.csv", "other"),
        ("notes.txt", "other"),
    ],
)
def test_each_file_belongs_to_one_part(path, part):
    assert part_of(Path(path)) == part


def test_the_sizes_of_the_parts(home):
    for name, bytes_ in (("features/ab/dense.npy", 5), ("features/ab/shape.npy", 7), ("runs/r/log.txt", 11)):
        put(name, size=bytes_)
    found_sizes = usage(home)
    assert (found_sizes["features"], found_sizes["logs"], sum(found_sizes.values())) == (12, 11, 23)
    assert usage(home / "nothing") == dict.fromkeys(found_sizes, 0)


def test_sizes_for_people():
    assert [size(each) for each in (0, 999, 250_000, 12_340_000_000)] == [
        "0.0 kB",
        "1.0 kB",
        "0.2 MB",
        "12.3 GB",
    ]


def test_a_process_of_another_machine_counts_as_at_work(store):
    run_id = runs.create_run(store, CONFIG, "c", Process("elsewhere", 1, time.time() - 5 * DAY))
    used = entry(0, 3)
    assert f"features/{used.name}" not in found(store, 0)
    assert runs.states(store)[run_id] == "starting"
