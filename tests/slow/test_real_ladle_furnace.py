"""What the spine must show on the heats of a real ladle furnace, forward in time, by its commands. Minutes."""

import json

import pytest

from pilothouse.cli import main

pytestmark = pytest.mark.slow


def run(words, capsys):
    """What a command says as JSON; it has to end well."""
    with pytest.raises(SystemExit) as ended:
        main([*words, "--json"])
    said = capsys.readouterr().out
    assert not ended.value.code, said
    return json.loads(said)


@pytest.fixture
def proof(shared_data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(["init", "lf", "--from", "ladle-furnace"], capsys)
    run(["import", "lf", str(shared_data / "ladle_furnace")], capsys)
    run(["learn", "lf", "--until-fraction", "0.8"], capsys)
    return run(["prove", "lf", "--from-fraction", "0.8"], capsys)


def test_it_keeps_the_bars(proof):
    arrival, last = proof["at_arrival"], proof["before_last"]
    assert arrival["mae"] <= 5.3
    assert arrival["hit_rate_10k"] >= 0.855
    assert last["mae"] <= 2.45
    for task in (arrival, last):
        assert task["n"] >= 350
        assert 0.87 <= task["coverage"] <= 0.93
        assert min(task["coverage_fifths"]) >= 0.82
        assert task["mean_width"] <= task["lightgbm_width_at_same_coverage"]
        assert task["abstained"] <= 0.05
        assert {"mean", "last piece", "ridge", "plain LightGBM"} <= set(task["peers"])
        assert all(task["mae"] < peer["mae"] for peer in task["peers"].values())
