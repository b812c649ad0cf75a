import numpy as np
import polars as pl

from pilothouse.packs.steel import route
from pilothouse.packs.steel.route import NOT_YET, standings


def at(world, instant, place, **only):
    test = world.scenario.test
    return standings(world.live(instant), test, test.standings[place], **only)


def test_a_coil_stands_with_its_heat_behind_it(world):
    coil = "C20-3"
    asked = at(world, world.annealed_ns[coil], 1, pieces=[coil])
    steel = world.frames["steel"].filter(pl.col("piece") == "H20")
    assert asked.pieces == (coil,)
    assert asked.origins == ("H20",)
    assert asked.values[0, asked.names.index("si")] == steel["si"][0]
    assert np.isfinite(asked.values).all()
    assert asked.anchor_ns.tolist() == [world.annealed_ns[coil]]
    assert asked.answered_ns.tolist() == [NOT_YET]
    assert np.isnan(asked.answer).all()


def test_nothing_is_seen_that_was_known_after_the_anchor(world):
    whole, test = world.whole(), world.scenario.test
    rolled = standings(whole, test, test.standings[0])
    for piece, anchor in zip(rolled.pieces, rolled.anchor_ns, strict=True):
        assert anchor == world.rolled_ns[piece]
    later = at(world, world.rolled_ns["C20-3"], 0, pieces=["C20-3"])
    mine = rolled.where(pl.col("piece") == "C20-3")
    assert np.array_equal(later.values, mine.values)


def test_the_test_itself_is_told_beside_and_never_among_what_is_looked_at(world):
    asked = at(world, world.tested_ns["C20-3"], 1, pieces=["C20-3"])
    assert asked.answer.tolist() == [world.truth["C20-3"]]
    assert "loss" not in asked.names
    assert (
        route.tested(world.live(world.tested_ns["C20-3"]), world.scenario.test)["piece"].to_list().count("C20-3") == 1
    )


def test_a_piece_that_is_not_there_yet_does_not_stand_there(world):
    assert at(world, world.annealed_ns["C20-3"] - 1, 1, pieces=["C20-3"]).pieces == ()
    assert at(world, world.annealed_ns["C20-3"], 1, pieces=["nobody"]).pieces == ()


def test_bad_values_are_not_looked_at(world):
    snapshot = world.live(world.annealed_ns["C20-3"])
    line = snapshot.frames["line"].with_columns(pl.lit(2, dtype=pl.UInt8).alias("tester#"))
    spoilt = type(snapshot)(
        as_of_ns=snapshot.as_of_ns, upto=1, frames={**snapshot.frames, "line": line}, origins=snapshot.origins
    )
    test = world.scenario.test
    asked = standings(spoilt, test, test.standings[1], pieces=["C20-3"])
    assert np.isnan(asked.values[0, asked.names.index("tester")])
    assert np.isfinite(asked.values[0, asked.names.index("grain_um")])
