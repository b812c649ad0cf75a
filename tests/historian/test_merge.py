"""The law of versions against the plainest possible writing of it, cell by cell."""

from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.historian.merge import TOLD, as_known, sift
from pilothouse.historian.shape import in_shape
from pilothouse.plant.frame import parameters_of
from pilothouse.testing.historian import rows

PARAMETERS = ("t", "p")
Observation = tuple[str | None, int, int]
Answer = list[tuple[Observation, int, dict[str, tuple[float | None, int] | None]]]


class Version(NamedTuple):
    """One version of a cell."""

    told_ns: int
    known_ns: int
    content: tuple[float | None, int]


@dataclass
class PlainHistorian:
    """What :mod:`pilothouse.historian.merge` promises, with loops and lists."""

    cells: dict[tuple[Observation, str], list[Version]] = field(default_factory=dict)
    before: dict[tuple[Observation, str], list[Version]] = field(default_factory=dict)
    told_now: set[object] = field(default_factory=set)

    def write(self, frame: pl.DataFrame, received_ns: int) -> tuple[int, int, int]:
        counts = {"new": 0, "unchanged": 0, "corrected": 0}
        self.before = {cell: list(versions) for cell, versions in self.cells.items()}
        self.told_now = set()
        for row in frame.sort("known_ns", maintain_order=True).to_dicts():
            found = {self._write_cell(row, p, received_ns) for p in PARAMETERS if p in row}
            counts[next((v for v in ("corrected", "new") if v in found), "unchanged")] += 1
        return counts["new"], counts["unchanged"], counts["corrected"]

    def _write_cell(self, row: dict[str, object], parameter: str, received_ns: int) -> str:
        content = (row[parameter], row.get(parameter + "#") or 0)
        if content == (None, 0):
            return "unchanged"
        cell = ((row["piece"], row["start_ns"], row["end_ns"]), parameter)
        versions, before = self.cells.setdefault(cell, []), self.before.get(cell, [])
        repeats = bool(versions) and versions[-1].content == content
        told_now = (cell, row["known_ns"], content) in self.told_now
        newest_ns = max((v.told_ns for v in before), default=-1)
        old_news = row["known_ns"] <= newest_ns and any(v.content == content for v in before)
        self.told_now.add((cell, row["known_ns"], content))
        if repeats or told_now or old_news:
            return "unchanged"
        known_ns = max(row["known_ns"], received_ns) if versions else row["known_ns"]
        versions.append(Version(row["known_ns"], known_ns, content))
        return "corrected" if len(versions) > 1 else "new"

    def answer(self, as_of_ns: int | None) -> Answer:
        found: dict[tuple[Observation, int], dict[str, tuple[float | None, int] | None]] = {}
        for (observation, parameter), versions in self.cells.items():
            seen = [v for v in versions if as_of_ns is None or v.known_ns <= as_of_ns]
            if seen:
                contents = found.setdefault((observation, seen[-1].known_ns), dict.fromkeys(PARAMETERS))
                contents[parameter] = seen[-1].content
        order = sorted(found, key=lambda row: (row[0][1], row[0][2], row[0][0] is not None, row[0][0] or "", row[1]))
        return [(*row, found[row]) for row in order]


observation = st.fixed_dictionaries(
    {
        "piece": st.sampled_from(["a", "b", None]),
        "start_ns": st.sampled_from([0, 1]),
        "end_ns": st.just(1),
        "known_ns": st.integers(0, 6),
        "t": st.sampled_from([None, 1.0, 2.0]),
        "t#": st.sampled_from([None, 0, 2]),
    },
    optional={"p": st.sampled_from([None, 1.0])},
)
writes = st.lists(st.lists(observation, min_size=1, max_size=6), min_size=1, max_size=5)


def stored(frames: list[list[dict[str, object]]]) -> tuple[pl.DataFrame, PlainHistorian]:
    """Write frame after frame, received at 2, 4, 6, ...; what was counted must agree."""
    held, plain = (
        rows({"t": 1.0, "p": 1.0}).with_columns(pl.lit(0, dtype=pl.Int64).alias(TOLD)).clear(),
        PlainHistorian(),
    )
    for n, observations in enumerate(frames, start=1):
        frame = in_shape("u", rows(*observations))
        sifted = sift(held, frame, 2 * n)
        assert (sifted.new, sifted.unchanged, sifted.corrected) == plain.write(frame, 2 * n)
        held = pl.concat([held, sifted.rows], how="diagonal_relaxed")
    return held, plain


def read(held: pl.DataFrame, as_of_ns: int | None) -> Answer:
    return [
        (
            (row["piece"], row["start_ns"], row["end_ns"]),
            row["known_ns"],
            {
                p: None if (row[p], row.get(p + "#") or 0) == (None, 0) else (row[p], row.get(p + "#") or 0)
                for p in PARAMETERS
            },
        )
        for row in as_known(held, as_of_ns=as_of_ns).to_dicts()
    ]


@settings(deadline=None, max_examples=150)
@given(writes, st.none() | st.integers(0, 12))
def test_the_law_of_versions(frames: list[list[dict[str, object]]], as_of_ns: int | None) -> None:
    held, plain = stored(frames)
    assert read(held, as_of_ns) == plain.answer(as_of_ns)


@settings(deadline=None, max_examples=50)
@given(writes)
def test_the_same_frame_again_changes_nothing(frames: list[list[dict[str, object]]]) -> None:
    held, _ = stored(frames)
    assert_unchanged(held, frames[-1])


@settings(deadline=None, max_examples=50)
@given(writes, st.sampled_from([0, 1]))
def test_old_files_again_change_nothing(frames: list[list[dict[str, object]]], pace: int) -> None:
    """Whether a file's rows say when they were known, or all files the same."""
    files = [[row | {"known_ns": n * pace} for row in observations] for n, observations in enumerate(frames)]
    held, _ = stored(files)
    for observations in files:
        assert_unchanged(held, observations)


def assert_unchanged(held: pl.DataFrame, observations: list[dict[str, object]]) -> None:
    again = sift(held, in_shape("u", rows(*observations)), 99)
    assert (again.new, again.unchanged, again.corrected) == (0, len(observations), 0)
    assert again.rows.height == 0


def test_a_row_may_bring_news_and_a_correction() -> None:
    held = sift(pl.DataFrame(), rows({"known_ns": 1, "t": 1.0}), 10).rows
    sifted = sift(held, rows({"known_ns": 2, "t": 2.0, "p": 3.0}), 20)
    assert (sifted.new, sifted.corrected) == (0, 1)
    both = pl.concat([held, sifted.rows], how="diagonal")
    assert as_known(both, as_of_ns=19).select("known_ns", "t", "p").rows() == [(1, 1.0, None), (2, None, 3.0)]
    assert as_known(both, as_of_ns=20).select("known_ns", "t", "p").rows() == [(2, None, 3.0), (20, 2.0, None)]


def test_cells_known_at_one_instant_share_a_row_whenever_they_were_told() -> None:
    first = sift(pl.DataFrame(), rows({"known_ns": 1, "t": 1.0, "t#": 1}), 10).rows
    second = sift(first, rows({"known_ns": 1, "origin": "manual", "p": 3.0}), 20).rows
    found = as_known(pl.concat([first, second], how="diagonal"))
    assert found.select("known_ns", "origin", "t", "t#", "p").rows() == [(1, "manual", 1.0, 1, 3.0)]


def test_a_row_of_which_nothing_is_in_force_vanishes() -> None:
    first = sift(pl.DataFrame(), rows({"known_ns": 1, "t": 1.0, "p": 3.0}), 10).rows
    second = sift(first, rows({"known_ns": 2, "t": 2.0, "p": 4.0}), 20).rows
    found = as_known(pl.concat([first, second], how="diagonal"))
    assert found.select("known_ns", "t", "p").rows() == [(20, 2.0, 4.0)]


def test_not_a_number_is_a_value_in_force() -> None:
    first = sift(pl.DataFrame(), rows({"known_ns": 1, "t": 1.0}), 10).rows
    second = sift(first, rows({"known_ns": 20, "t": float("nan"), "t#": 2}), 15).rows
    third = sift(first, rows({"known_ns": 20, "p": 3.0}), 15).rows
    found = as_known(pl.concat([first, second, third], how="diagonal"))
    assert str(found.select("known_ns", "t", "t#", "p").rows()) == "[(20, nan, 2, 3.0)]"


def test_a_value_can_be_withdrawn() -> None:
    held = sift(pl.DataFrame(), rows({"t": 1.0}), 10).rows
    sifted = sift(held, rows({"t": None, "t#": 2}), 20)
    assert sifted.corrected == 1
    found = as_known(pl.concat([held, sifted.rows], how="diagonal"))
    assert found.select("t", "t#").rows() == [(None, 2)]


def test_a_silent_row_is_not_stored() -> None:
    sifted = sift(pl.DataFrame(), rows({"t": None}, {"piece": "h2", "t": 1.0}), 10)
    assert (sifted.new, sifted.unchanged, sifted.rows.height) == (1, 1, 1)


def test_only_what_is_said_is_kept() -> None:
    sifted = sift(pl.DataFrame(), rows({"t": 1.0, "p": None, "t#": 0}), 10)
    assert parameters_of(sifted.rows) == ("t",)
    assert "t#" not in sifted.rows.columns
