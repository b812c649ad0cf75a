"""Learning: honest errors only, the same bytes from the same record, and stragglers do no harm."""

import numpy as np
import polars as pl

from pilothouse.decision.view import Snapshot
from pilothouse.packs.declared.learning import back_test_blocks, finished_since, ripe
from pilothouse.packs.declared.questions import is_to_last
from pilothouse.packs.declared.rows import recorded_rows


def files(model, folder):
    model.save(folder)
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def rows_of(world, count):
    as_of_ns = world.after(count)
    return ripe(recorded_rows(world.whole(as_of_ns), world.scenario.declaration), as_of_ns)


def test_the_same_record_gives_the_same_bytes(world, early, tmp_path):
    again = world.scenario.learn(world.whole(world.after(200)), 3, None)
    assert files(again, tmp_path / "a") == files(early, tmp_path / "b")


def test_another_seed_or_record_is_another_version(world, early, late):
    assert len({early.version, late.version}) == 2
    assert (early.pieces, late.pieces) == (200, 260)
    assert early.as_of_ns == world.after(200)


def test_honest_errors_are_of_answers_the_model_had_not_learnt(world, early):
    rows = rows_of(world, 200)
    blocks = back_test_blocks(rows)
    assert len(blocks) == 3
    for before, block in blocks:
        assert set(before.table["piece"]).isdisjoint(block.table["piece"])
        assert before.instants("finished_ns").max() <= block.instants("anchor_ns").min()
    for record in (early.advice.record, *(task.record for task in early.tasks.values())):
        assert set(record.piece) <= set(world.pieces[130:200])
        assert (record.anchor_ns < record.known_ns).all()
        assert np.isfinite(record.error).all()


def test_learning_on_extends_the_record_by_unseen_pieces_only(world, early, late):
    pairs = [(early.advice.record, late.advice.record)]
    pairs += [(early.tasks[key].record, late.tasks[key].record) for key in early.tasks]
    for before, after in pairs:
        n = len(before.piece)
        assert after.piece[:n] == before.piece
        assert (after.error[:n] == before.error).all()
        assert set(after.piece[n:]) == set(world.pieces[200:260])
        assert (after.anchor_ns[n:] >= early.as_of_ns).all()
        assert set(before.piece).isdisjoint(after.piece[n:])


def test_new_errors_are_those_the_earlier_model_made(world, early, late):
    judged = world.scenario.judge(world.whole(world.after(260)), early, world.pieces[200:260])
    for key, task in late.tasks.items():
        n = len(early.tasks[key].record.piece)
        told = dict(
            zip(zip(task.record.piece[n:], task.record.anchor_ns[n:], strict=True), task.record.error[n:], strict=True)
        )
        assert len(told) == len(judged[key].truth)
        # What was said was corrected, the record is of what would have been said without.
        spread = np.abs([told[piece, at] for piece, at in zip(judged[key].subject, judged[key].anchor_ns, strict=True)])
        assert 0.5 < np.median(spread) / np.nanmedian(np.abs(judged[key].truth - judged[key].value)) < 2.0


def test_a_model_of_another_declaration_is_not_gone_on_from(world, early):
    """Its record would be of other questions: learning starts anew."""
    from dataclasses import replace  # noqa: PLC0415 - used here alone

    other = replace(early, declared="other")
    anew = world.scenario.learn(world.whole(world.after(200)), 3, other)
    assert anew.version == early.version


def test_a_piece_that_went_on_after_it_seemed_finished_is_not_judged_by_who_learnt_it(world):
    """Measured again a day later: the model of the evening knew an answer of it."""
    as_of_ns = world.after(100)
    again_ns = as_of_ns + 24 * 3600 * 10**9
    piece = world.pieces[99]
    late = pl.DataFrame(
        {
            "piece": [piece],
            "start_ns": [again_ns],
            "end_ns": [again_ns],
            "known_ns": [again_ns],
            "origin": ["live"],
            "temperature": [1600.0],
        }
    )
    frames = {**world.frames, "lf": pl.concat([world.frames["lf"], late])}
    rows = recorded_rows(Snapshot(as_of_ns=2**62, upto=1, frames=frames), world.scenario.declaration)
    assert piece in rows.table.filter(pl.col("finished_ns") > as_of_ns)["piece"]
    since = finished_since(rows, as_of_ns)
    assert piece not in since.table["piece"]
    assert set(since.table["piece"]) == set(world.pieces[100:])


def test_one_straggler_does_not_spoil_the_back_test(world):
    """A piece whose number was mistyped once runs from the first day to the last."""
    rows = rows_of(world, 200)
    start_ns, end_ns = world.times_ns["h0"][0] + 1, world.times_ns["h199"][0]
    instants = [start_ns, end_ns]
    mistyped = pl.DataFrame(
        {
            "piece": ["x", "x"],
            "start_ns": instants,
            "end_ns": instants,
            "known_ns": instants,
            "origin": ["live"] * 2,
            "temperature": [1580.0, 1585.0],
        }
    )
    frames = {**world.frames, "lf": pl.concat([world.frames["lf"], mistyped])}
    as_of_ns = world.after(200)
    snapshot = Snapshot(
        as_of_ns=as_of_ns, upto=1, frames={u: f.filter(pl.col("known_ns") <= as_of_ns) for u, f in frames.items()}
    )
    plain = back_test_blocks(rows)
    beside = back_test_blocks(ripe(recorded_rows(snapshot, world.scenario.declaration), as_of_ns))
    for (one, _), (other, asked) in zip(plain, beside, strict=True):
        assert abs(one.table["piece"].n_unique() - other.table["piece"].n_unique()) <= 2
        assert "x" not in asked.table["piece"]
        assert asked.filter(asked.where(is_to_last())).table.height > 20
