"""Kept models: whole or not there; the ledger says which one was live."""

import pytest

from pilothouse.decision.event import GENESIS, Event
from pilothouse.errors import NotFittedError, StoreCorruptError
from pilothouse.hub.models import CONTENT, ModelStore, learnt_event, live_version


def chain(*drafts):
    events, before = [], GENESIS
    for number, draft in enumerate(drafts, start=1):
        events.append(Event.chain(number, before, draft))
        before = events[-1].hash
    return events


@pytest.fixture
def model(kettle):
    return kettle.hub.model(kettle.scenario)


@pytest.fixture
def store(tmp_path):
    return ModelStore(root=tmp_path / "models")


def learnt(model, version, at_ns, as_of_ns):
    model = type(model)(version=version, as_of_ns=as_of_ns, pieces=3, change=1.0)
    return learnt_event("kettle", model, at_ns=at_ns, seed=1, as_of_ns=as_of_ns, data="d")


def test_kept_and_loaded(store, kettle, model):
    home = store.keep("kettle", model)
    assert home == store.root / "kettle" / model.version
    assert store.load(kettle.scenario, model.version) == model


def test_kept_twice_is_kept_once(store, model):
    home = store.keep("kettle", model)
    (home / "note").write_text("mine")
    assert store.keep("kettle", model) == home
    assert (home / "note").exists()
    assert [path.name for path in home.parent.iterdir()] == [model.version]


def test_a_model_that_was_half_written_is_not_there(store, kettle, model, monkeypatch):
    """A crash in the middle of saving leaves nothing that could be loaded, and the next try is whole."""
    honest = type(model).save

    def crash(self, folder):
        honest(self, folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(type(model), "save", crash)
    with pytest.raises(KeyboardInterrupt):
        store.keep("kettle", model)
    with pytest.raises(StoreCorruptError, match="is missing"):
        store.load(kettle.scenario, model.version)
    monkeypatch.undo()
    store.keep("kettle", model)
    assert store.load(kettle.scenario, model.version) == model


@pytest.mark.parametrize("harm", ["changed", "removed", "added", "no list", "no sense in the list"])
def test_a_model_that_is_not_as_it_was_kept_is_not_used(store, kettle, model, harm):
    home = store.keep("kettle", model)
    weights = home / "kettle.json"
    if harm == "changed":
        weights.write_text(weights.read_text() + " ")  # still sound JSON: only the digest can tell
    elif harm == "removed":
        weights.unlink()
    elif harm == "added":
        (home / "more.json").write_text("{}")
    elif harm == "no list":
        (home / CONTENT).unlink()
    else:
        (home / CONTENT).write_text("{")
    with pytest.raises(StoreCorruptError, match=f"model {model.version} of kettle is not what was learnt") as damaged:
        store.load(kettle.scenario, model.version)
    assert damaged.value.context["folder"].endswith(model.version)


def test_the_live_version(model):
    events = chain(learnt(model, "a", 10, 100), learnt(model, "b", 20, 50), learnt(model, "c", 30, 200))
    assert [live_version(events, "kettle", at_ns) for at_ns in (10, 19, 20, 99)] == ["a", "a", "b", "c"]
    assert [live_version(events, "kettle", 99, known_ns) for known_ns in (200, 199, 100, 99)] == ["c", "b", "b", "b"]
    assert live_version(events, "kettle", 99, 49) == "c"  # each knows more: the live one
    with pytest.raises(NotFittedError):
        live_version(events, "kettle", 9)
    with pytest.raises(NotFittedError):
        live_version(events, "pan", 99)
