"""The registry: versions count up, the newest ready one is in use, and a roll-back is one row more."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from al_core.errors import BadInput
from al_core.store import models
from al_core.store.models import Origin
from al_core.worker import process


def create(store, name="reviews", **more):
    values = {"threshold": 0.4, "fn_price": 5.0, "fp_price": 1.0, "note": "first", "promoted_by": "Ada"}
    return models.create(store, name, Origin(), **(values | more))


def ready(store, name="reviews", **more):
    version = create(store, name, **more)
    assert models.own(store, name, version, process.this())
    assert models.ready(store, name, version)
    return version


def test_versions_count_up_for_each_name(store):
    assert [create(store), create(store), create(store, "songs")] == [1, 2, 1]
    found = models.model(store, "reviews", 2)
    assert (found.threshold, found.fn_price, found.note, found.promoted_by) == (0.4, 5.0, "first", "Ada")
    assert found.state == "preparing"


def test_a_version_is_in_use_once_it_is_ready(store):
    version = create(store)
    with pytest.raises(BadInput, match="no model"):
        models.model(store, "reviews")
    assert models.in_use(store) == {}
    models.ready(store, "reviews", version)
    assert models.in_use(store) == {"reviews": 1}
    assert models.model(store, "reviews").version == 1


def test_a_roll_back_is_on_record(store):
    ready(store)
    ready(store, promoted_by="Bob")
    models.use(store, "reviews", 1, "Cleo", "2 is worse on slang")
    assert models.model(store, "reviews").version == 1
    told = [(use.version, use.by, use.note) for use in models.uses(store, "reviews")]
    assert told == [(1, "Cleo", "2 is worse on slang"), (2, "Bob", "Promoted"), (1, "Ada", "Promoted")]


def test_a_slower_older_version_does_not_take_over(store):
    first, second = create(store), create(store)
    assert models.ready(store, "reviews", second) and models.ready(store, "reviews", first)
    assert models.in_use(store) == {"reviews": second}


def test_a_roll_back_made_meanwhile_holds(store):
    ready(store)
    ready(store)
    third = create(store)
    models.use(store, "reviews", 1, "Cleo", "2 is worse")
    models.ready(store, "reviews", third)
    assert models.in_use(store) == {"reviews": 1}
    assert models.ready(store, "reviews", create(store))
    assert models.in_use(store) == {"reviews": 4}
    fifth = create(store)
    models.use(store, "reviews", 1, "Cleo", models.PROMOTED)
    models.ready(store, "reviews", fifth)
    assert models.in_use(store) == {"reviews": 1}, "whatever somebody notes"


def test_only_what_is_ready_can_be_used(store):
    ready(store)
    version = create(store)
    with pytest.raises(BadInput, match="is preparing"):
        models.use(store, "reviews", version, "Ada", "")
    models.failed(store, "reviews", version, "No room.")
    assert models.model(store, "reviews", version).message == "No room."
    with pytest.raises(BadInput, match="is failed"):
        models.use(store, "reviews", version, "Ada", "")
    assert models.model(store, "reviews").version == 1


def test_a_failed_version_does_not_become_ready(store):
    version = create(store)
    assert models.failed(store, "reviews", version, "Stopped.")
    assert not models.ready(store, "reviews", version)
    assert models.in_use(store) == {}


def test_many_at_once_get_a_version_each(store):
    with ThreadPoolExecutor(8) as people:
        found = list(people.map(lambda _: create(store), range(16)))
    assert sorted(found) == list(range(1, 17))


def test_looks_at_test_are_counted(store, new_run):
    run_id = new_run()
    assert models.looks(store, run_id) == []
    models.look(store, run_id, 2, 0.4)
    models.look(store, run_id, 2, 0.5)
    assert models.looks(store, run_id) == [(2, 0.4), (2, 0.5)]
