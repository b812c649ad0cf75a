"""When a scenario is asked by itself."""

import pytest

from pilothouse.decision.runs import Runs, runs_of


def test_who_says_nothing_runs_as_usual():
    assert runs_of(object()) == Runs()
    assert "order" not in Runs().on


@pytest.mark.parametrize("wrong", [{"seconds": 0.0}, {"seconds": float("nan")}, {"backlog": 0}, {"on": ("noon",)}])
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="runs: expected"):
        Runs(**wrong)
