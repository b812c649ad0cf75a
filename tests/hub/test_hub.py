"""The hub only wires: scenarios by key, one view, learning written down, stores released."""

from dataclasses import replace

import pytest

from pilothouse.errors import ConfigError, DecisionError, NotFittedError, StoreError, StoreLockedError
from pilothouse.hub.hub import Hub
from pilothouse.hub.workspace import create_workspace


def test_the_only_scenario_needs_no_name(kettle):
    assert kettle.hub.scenario() is kettle.scenario
    assert kettle.hub.scenario("kettle") is kettle.scenario
    with pytest.raises(ConfigError) as unknown:
        kettle.hub.scenario("ketle")
    assert unknown.value.hint == "use kettle"


def test_of_several_or_no_scenario_none_is_guessed(kettle):
    hub = kettle.hub
    hub.workspace = replace(hub.workspace, scenarios=(kettle.scenario, replace(kettle.scenario, key="pan")))
    with pytest.raises(ConfigError, match="2 scenarios") as several:
        hub.scenario()
    assert several.value.hint == "name one: kettle, pan"
    assert hub.scenario("pan").key == "pan"
    hub.workspace = replace(hub.workspace, scenarios=())
    with pytest.raises(ConfigError, match="declares no scenario"):
        hub.scenario()


def test_learning_is_kept_and_written_down(kettle):
    learnt = kettle.hub.learn(kettle.scenario, as_of_ns=kettle.at(6), seed=4)
    assert (learnt.scenario, learnt.as_of_ns, learnt.subjects) == ("kettle", kettle.at(6), 6)
    event = kettle.hub.ledger.read(subject="kettle", kind="learnt")[-1]
    snapshot = kettle.scenario.learnt[-1]
    assert event.payload == {
        "version": learnt.version,
        "as_of_ns": kettle.at(6),
        "seed": 4,
        "data": snapshot.fingerprint(),
    }
    assert kettle.hub.model(kettle.scenario).version == learnt.version
    assert kettle.hub.model(kettle.scenario, version=learnt.version).change == kettle.hub.model(kettle.scenario).change


def test_what_learns_nothing_has_no_model(kettle, monkeypatch):
    monkeypatch.setattr(type(kettle.scenario), "learn", lambda *_: None)
    with pytest.raises(DecisionError, match="learns nothing"):
        kettle.hub.learn(kettle.scenario, as_of_ns=kettle.now_ns, seed=1)


def test_a_failed_learning_leaves_the_live_model(kettle):
    live = kettle.hub.model(kettle.scenario)
    with pytest.raises(NotFittedError):
        kettle.hub.learn(kettle.scenario, as_of_ns=kettle.at(1), seed=1)
    assert kettle.hub.model(kettle.scenario) is live


def test_a_view_may_be_of_what_was_stored_earlier(kettle):
    before = kettle.hub.historian.info().sequence
    kettle.brew(-3, 50.0, 60.0)
    assert kettle.hub.view(kettle.now_ns).upto > before
    then = kettle.hub.view(kettle.now_ns, before).snapshot(kettle.scenario.reads)
    now = kettle.hub.view(kettle.now_ns).snapshot(kettle.scenario.reads)
    assert now.observations("level").height == then.observations("level").height + 2


def test_a_closed_hub_has_released_its_stores(tmp_path):
    root = create_workspace(tmp_path / "lf", "ladle-furnace")
    with Hub.open(root), pytest.raises(StoreLockedError):
        Hub.open(root)
    with Hub.open(root) as hub:
        assert hub.ledger.read() == ()


def test_a_ledger_that_cannot_be_opened_leaves_no_lock(tmp_path):
    root = create_workspace(tmp_path / "lf", "ladle-furnace")
    ledger = root / "store" / "ledger.db"
    ledger.parent.mkdir()
    ledger.write_bytes(b"this is no database, and long enough to be looked at as one" * 20)
    with pytest.raises(StoreError):
        Hub.open(root)
    ledger.unlink()
    Hub.open(root).close()


def test_nothing_is_imported_without_a_mapping(kettle, tmp_path):
    with pytest.raises(ConfigError, match="declares no import"):
        kettle.hub.import_files(tmp_path)
