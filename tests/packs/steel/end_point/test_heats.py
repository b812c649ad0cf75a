import polars as pl

from pilothouse.clock import NS_PER_MIN
from pilothouse.packs.steel.end_point.heats import ENDED, heats

from .conftest import HEATS, shot_ns


def test_every_heat_has_its_row_and_its_end(world):
    found = heats(world.whole(), world.scenario.point)
    assert found.table.height == HEATS
    assert found.where(ENDED).table.height == HEATS
    assert found.instants("anchor_ns")[7] == shot_ns(7)
    assert found.facts.shape == (HEATS, 5)


def test_before_its_end_is_known_a_heat_is_open(world):
    """The temperature is there at once, the carbon four minutes later."""
    point = world.scenario.point
    last = heats(world.whole(shot_ns(9) + 9 * NS_PER_MIN), point).where(pl.col("piece") == "H9")
    assert last.where(ENDED).table.is_empty()
    assert (
        not heats(world.whole(shot_ns(9) + 30 * NS_PER_MIN), point)
        .where(ENDED & (pl.col("piece") == "H9"))
        .table.is_empty()
    )


def test_of_a_heat_blown_again_the_end_of_the_first_blow_counts(world):
    found = heats(world.whole(), world.scenario.point)
    again = found.where(pl.col("again"))
    assert 3 < again.table.height < 0.2 * HEATS
    second = world.frame.filter(pl.col("piece") == again.pieces[0])["second_c"].drop_nulls()[0]
    assert again.column("carbon")[0] == second
    assert again.column("carbon").mean() > 0.06
    assert found.where(~pl.col("again")).column("carbon").max() < 0.066


def test_what_is_told_after_the_shot_is_not_looked_at(world):
    late = world.frame.with_columns(
        pl.when(pl.col("end_c").is_not_null()).then(999.0).otherwise(pl.col("idle")).alias("idle")
    )
    assert (
        heats(type(world)(world.scenario, late, world.plant).whole(), world.scenario.point).column("idle").max() < 999.0
    )
