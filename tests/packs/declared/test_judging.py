"""Judging: forecasts beside the truth, with what was known before them and nothing else."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from pilothouse.decision.view import Snapshot
from pilothouse.methods.estimate.record import Record


@pytest.fixture(scope="module")
def judged(world, late):
    return world.scenario.judge(world.whole(2**62), late, world.pieces[260:])


def test_all_questions_of_the_pieces_are_there(world, judged):
    pieces = world.pieces[260:]
    assert set(judged) == {"arrival", "last", "advice"}
    assert sorted(judged["arrival"].subject) == sorted(pieces)
    assert sorted(judged["last"].subject) == sorted(pieces)
    assert len(judged["advice"].subject) == sum(len(world.times_ns[piece]) - 1 for piece in pieces)
    for task in judged.values():
        assert task.unit == "degC"
        assert task.tolerance == 12.0
        assert task.features.shape == (len(task.truth), len(task.names))


def test_forecasts_beat_what_is_usual(judged):
    for key in ("arrival", "last"):
        task = judged[key]
        error = np.abs(task.truth - task.value)
        assert np.nanmean(error) < 0.8 * np.abs(task.truth - task.truth.mean()).mean()
        assert np.nanmean(error <= task.half_width[0.9]) > 0.75


def test_intervals_are_nested(judged):
    for task in judged.values():
        widths = [task.half_width[coverage] for coverage in (0.5, 0.8, 0.9, 0.95)]
        assert all((narrow <= wide + 1e-9).all() for narrow, wide in pairwise(widths))


def test_who_abstained_says_why(judged):
    for task in judged.values():
        silent = {piece for piece, value in zip(task.subject, task.value, strict=True) if np.isnan(value)}
        assert silent == set(task.why_abstained)
        assert all(task.why_abstained.values())


def test_what_comes_later_changes_no_forecast(world, late, judged):
    """Judged in the midst of the pieces, those that were finished then get the same answers."""
    as_of_ns = world.after(280)
    then = world.scenario.judge(world.whole(as_of_ns), late, world.pieces[260:280])
    for key, task in then.items():
        whole = {q: k for k, q in enumerate(zip(judged[key].subject, judged[key].anchor_ns, strict=True))}
        places = [whole[q] for q in zip(task.subject, task.anchor_ns, strict=True)]
        assert np.array_equal(judged[key].value[places], task.value, equal_nan=True)
        assert np.array_equal(judged[key].half_width[0.9][places], task.half_width[0.9], equal_nan=True)


def test_without_a_record_it_abstains(world, late):
    tasks = {key: replace(task, record=Record.empty()) for key, task in late.tasks.items()}
    blank = replace(late, tasks=tasks, advice=replace(late.advice, record=Record.empty()))
    found = world.scenario.judge(world.whole(2**62), blank, world.pieces[260:270])
    for task in found.values():
        assert np.isnan(task.value).all()
        assert any("fewer than 30 outcomes" in why for reasons in task.why_abstained.values() for why in reasons)


def test_nobody_to_judge_is_no_fault(world, late):
    for snapshot in (world.whole(2**62), Snapshot(as_of_ns=0, upto=0, frames={})):
        found = world.scenario.judge(snapshot, late, ["no such piece"])
        assert all(len(task.truth) == len(task.value) == 0 for task in found.values())
