"""What becomes known later never shows earlier: grown files, older files, and a future that was tampered with."""

import numpy as np
import pytest

from pilothouse.decision.scenario import Question
from pilothouse.hub.deciding import advise
from pilothouse.hub.hub import Hub
from pilothouse.hub.proving import prove

FIRST, ALL, FROM, BLOCK = 180, 240, 120, 60
"""Coils in the first half and in the grown files; from which coil on is judged, in blocks of so many."""


@pytest.fixture(scope="module")
def coils(coating_line):
    return coating_line.coils(ALL)


def built(tmp_path, coating_line, name, *batches):
    """A line that got these batches of coils, one import each."""
    root = coating_line.folder(tmp_path / name)
    for number, batch in enumerate(batches):
        with Hub.open(root) as hub:
            report = hub.import_files(coating_line.files(tmp_path / f"{name}-{number}", batch))
            assert not report.failures
    return root


def proof_of(root, place=FROM):
    """A proof that begins with the coil at a place, whatever came later."""
    with Hub.open(root) as hub:
        scenario = hub.scenario()
        answered = scenario.answered(hub.view(hub.clock()).snapshot(scenario.learns_from))
        fraction = (place + 0.5) / answered.height
        return prove(hub, scenario, from_fraction=fraction, seed=1, every=BLOCK)


def said_of(proof, subjects):
    """What the proof said of these subjects, question by question."""
    told = {}
    for key, task in proof.tasks.items():
        judged = task.judged
        for row, subject in enumerate(judged.subject):
            if subject in subjects:
                half_width = judged.half_width[0.9][row]
                told[key, subject, int(judged.anchor_ns[row])] = (judged.value[row], half_width)
    return told


@pytest.fixture(scope="module")
def grown(tmp_path_factory, coating_line, coils):
    """The proof after the first half, and after the grown files came in on top."""
    root = built(tmp_path_factory.mktemp("grown"), coating_line, "line", coils[:FIRST])
    first = proof_of(root)
    with Hub.open(root) as hub:
        report = hub.import_files(coating_line.files(root.parent / "all", coils))
        counts = {mapping.mapping: (mapping.new, mapping.unchanged) for mapping in report.mappings}
    return first, proof_of(root), counts, root


def test_grown_files_bring_only_what_is_new(grown, coils):
    *_, counts, _ = grown
    assert counts["auflage"] == (
        sum(len(coil.readings) for coil in coils[FIRST:]),
        sum(len(coil.readings) for coil in coils[:FIRST]),
    )


def test_the_first_span_is_proved_again_to_the_last_digit(grown, coils):
    """The same versions of the models say the same of the same coils, though much came later."""
    first, again, *_ = grown
    assert first.subjects == FIRST - FROM
    assert again.subjects == ALL - FROM
    assert again.models[: len(first.models)] == first.models
    assert len(again.models) == len(first.models) + 1
    subjects = {coil.key for coil in coils[FROM:FIRST]}
    told = said_of(first, subjects)
    assert len(told) > FIRST - FROM
    assert told == said_of(again, subjects)


def test_one_import_or_two_make_no_difference(grown, tmp_path, coating_line, coils):
    """Nor does the order: what was proved on grown files is what is proved on them all at once, older ones last."""
    _, again, *_ = grown
    root = built(tmp_path, coating_line, "line", coils[FIRST:], coils[:FIRST])
    at_once = proof_of(root)
    assert at_once.models == again.models
    subjects = {coil.key for coil in coils}
    assert said_of(at_once, subjects) == said_of(again, subjects)


def test_older_coils_told_late_are_learnt_from(grown, tmp_path, coating_line, coils):
    """A model of the same instant knows more then, and is another one."""
    first, *_ = grown
    older = coating_line.coils(60, seed=5, start="2026-03-20T06:00:00Z", prefix="A")
    root = built(tmp_path, coating_line, "line", coils[:FIRST], older)
    proof = proof_of(root, FROM + len(older))
    assert proof.subjects == first.subjects
    assert proof.models != first.models


def test_a_tampered_future_changes_nothing_before_it(grown, tmp_path, coating_line, coils):
    """Everything known after an instant is perturbed in the files; what was said until then stays to the last digit."""
    _, truth, _, root = grown
    cut = 225
    rng = np.random.default_rng(3)
    tampered = tuple(coil if place < cut else coating_line.tampered(coil, rng) for place, coil in enumerate(coils))
    other = built(tmp_path, coating_line, "line", tampered)
    proof = proof_of(other)
    # A proof tells a forecast what was done ahead of it, so of the coil that is cut through only the advice is asked.
    subjects = {coil.key for coil in coils[FROM:cut]}
    before = said_of(truth, subjects)
    assert len(before) > 2 * (cut - FROM)
    assert max(anchor_ns for *_, anchor_ns in before) < coils[cut].readings[0][0]
    assert said_of(proof, subjects) == before
    assert said_of(proof, {coils[-1].key}) != said_of(truth, {coils[-1].key})  # the future did change
    asked = [coils[place] for place in (cut - 30, cut - 10, cut)]
    assert answers(other, asked, coils[185]) == answers(root, asked, coils[185])


def answers(root, asked, since):
    """What is advised for coils at their first reading, by a model of the instant before another one came."""
    with Hub.open(root) as hub:
        scenario = hub.scenario()
        hub.learn(scenario, as_of_ns=since.readings[0][0] - 1, seed=1)
        shown = [
            advise(hub, scenario, Question(subject=coil.key), as_of_ns=coil.readings[0][0], seed=1) for coil in asked
        ]
    assert not any(one.is_hindsight for one in shown)
    assert any(one.proposal.change for one in shown)
    # `upto` counts imports and rows stored, which differ; all that is said must not.
    return [
        (p.ending, p.change, p.forecast, p.probability, p.baseline, p.reasons, p.model, p.data)
        for p in (one.proposal for one in shown)
    ]
