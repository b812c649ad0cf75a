"""What every plant family must do: subclass, give the fixture ``family``, and run pytest.

::

    class TestMine(PlantFamilyConformance):
        @pytest.fixture
        def family(self):
            return MyFamily()

``pieces`` is how many pieces a test makes; raise it where a plant needs more to show anything. A plant that can be
watched second by second subclasses :class:`LivePlantConformance` too.
"""

import math
from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from pilothouse.clock import NS_PER_S
from pilothouse.hub.workspace import open_workspace
from pilothouse.plant.plant import Plant
from pilothouse.plants import LivePlant, Moment, PlantFamily, ProvingPlant, Refusal
from pilothouse.units import kind_of

ROLES_COMMANDED = ("lever", "set_point")


class PlantFamilyConformance:
    """The laws of :class:`pilothouse.plants.PlantFamily` and :class:`pilothouse.plants.ProvingPlant`."""

    pieces = 12

    @pytest.fixture
    def family(self) -> PlantFamily:
        """Give the family."""
        raise NotImplementedError("a conformance suite needs the fixture family")

    @pytest.fixture
    def plant(self, family: PlantFamily) -> Plant:
        """The words of the family's plant folder."""
        return open_workspace(family.folder).plant

    # ---- the family ----------------------------------------------------------------------------------------------

    def test_it_describes_itself(self, family: PlantFamily) -> None:
        """A key that can be typed, a title, and practices of different names, the usual one first."""
        assert isinstance(family, PlantFamily)
        assert family.key
        assert all(c.islower() or c.isdigit() or c == "-" for c in family.key)
        assert family.title
        assert family.practices
        assert len(set(family.practices)) == len(family.practices)

    def test_its_folder_is_without_fault(self, plant: Plant) -> None:
        """``plant.toml`` and ``parameters.csv`` load as a plant, with the tables of installed packs."""
        assert plant.parameters
        assert plant.segments

    @pytest.mark.parametrize("wrong", [{"practice": "no such"}, {"seed": -1}, {"plant_variation": -1}])
    def test_misuse_is_told(self, family: PlantFamily, wrong: dict[str, str | int]) -> None:
        """ValueError, before anything is made."""
        asked: dict[str, object] = {"seed": 1, "plant_variation": 0, "practice": family.practices[0], **wrong}
        with pytest.raises(ValueError):  # noqa: PT011 - the words are the family's own
            family.build(**asked)  # type: ignore[arg-type]

    # ---- the same again, and others ------------------------------------------------------------------------------

    def test_the_same_seed_gives_the_same_bytes(self, family: PlantFamily, tmp_path: Path) -> None:
        """Under every practice."""
        for practice in family.practices:
            first, again = (family.build(seed=3, plant_variation=2, practice=practice) for _ in range(2))
            assert _history(first, self.pieces, tmp_path / "a") == _history(again, self.pieces, tmp_path / "b")
            assert first.figures() == again.figures()

    def test_the_usual_practice_is_the_default(self, family: PlantFamily, tmp_path: Path) -> None:
        """An empty name is the first."""
        said = family.build(seed=3, plant_variation=0, practice=family.practices[0])
        assert _history(said, self.pieces, tmp_path / "a") == _history(
            family.build(seed=3), self.pieces, tmp_path / "b"
        )

    def test_seed_and_variation_matter(self, family: PlantFamily, tmp_path: Path) -> None:
        """Other disturbances, and another plant, give other files."""
        plants = {
            "nominal": family.build(seed=3),
            "seed": family.build(seed=4),
            "variation": family.build(seed=3, plant_variation=1),
        }
        written = [_history(plant, self.pieces, tmp_path / name) for name, plant in plants.items()]
        assert written[0] != written[1]
        assert written[0] != written[2]

    def test_watching_changes_nothing(self, family: PlantFamily, tmp_path: Path) -> None:
        """``run`` at once, ``run`` in two parts and moments watched but left alone are the same plant."""
        at_once, in_parts, watched = (family.build(seed=5) for _ in range(3))
        in_parts.run(self.pieces // 2)
        assert list(watched.moments(self.pieces))
        told = _history(at_once, self.pieces, tmp_path / "once")
        assert _history(in_parts, self.pieces - self.pieces // 2, tmp_path / "parts") == told
        assert _history(watched, 0, tmp_path / "watched") == told

    def test_practices_meet_the_same_disturbances(self, family: PlantFamily) -> None:
        """Runs are paired: the pieces that both meet have the same aims, whatever is done to them.

        Where many pieces are in a plant at a time, a practice may decide which of them come by first.
        """
        asked = [
            {m.piece: m.aims for m in family.build(seed=7, practice=practice).moments(self.pieces)}
            for practice in family.practices
        ]
        for other in asked[1:]:
            both = asked[0].keys() & other.keys()
            assert both
            assert all(asked[0][piece] == other[piece] for piece in both)

    # ---- values out ----------------------------------------------------------------------------------------------

    def test_values_are_declared_finite_and_dated(self, family: PlantFamily, plant: Plant) -> None:
        """Every reading is of a declared parameter, became known after it happened and not after its moment."""
        moments = list(family.build(seed=1).moments(self.pieces))
        assert any(moment.readings for moment in moments)
        for moment in moments:
            assert moment.segment in plant.segments
            for reading in moment.readings:
                assert reading.parameter in plant.parameters
                assert math.isfinite(reading.value)
                assert reading.happened_ns <= reading.known_ns <= moment.at_ns

    def test_time_goes_forward(self, family: PlantFamily) -> None:
        """Moments come in order of their instants."""
        instants = [m.at_ns for m in family.build(seed=1).moments(self.pieces)]
        assert all(earlier <= later for earlier, later in pairwise(instants))

    def test_it_knows_how_far_it_has_run(self, family: PlantFamily) -> None:
        """``now_ns`` goes forward, and no moment lies before what it was."""
        running = family.build(seed=1)
        before_ns = running.now_ns
        for moment in running.moments(self.pieces):
            assert moment.at_ns >= before_ns
            assert running.now_ns >= moment.at_ns
            before_ns = moment.at_ns

    def test_levers_and_aims_are_declared(self, family: PlantFamily, plant: Plant) -> None:
        """What can be commanded is a lever or set-point of the plant folder; what is asked for, a parameter of it."""
        moments = list(family.build(seed=1).moments(self.pieces))
        assert {a.parameter for m in moments for a in m.aims} <= plant.parameters.keys()
        levers = {lever for m in moments for lever in m.levers}
        assert levers <= plant.parameters.keys()
        assert all(plant.parameters[lever].role in ROLES_COMMANDED for lever in levers)

    def test_presets_are_of_levers_and_change_nothing(self, family: PlantFamily, tmp_path: Path) -> None:
        """What would be set anyway is told of levers alone; commanding just that is as if nobody had."""
        commanded, alone = family.build(seed=2), family.build(seed=2)
        for moment in commanded.moments(self.pieces):
            assert moment.presets.keys() <= set(moment.levers)
            for lever, value in moment.presets.items():
                assert commanded.command(moment.piece, lever, value) is None
        assert _history(commanded, 0, tmp_path / "a") == _history(alone, self.pieces, tmp_path / "b")

    def test_a_finished_piece_is_sorted_once(self, family: PlantFamily) -> None:
        """Where the plant sorts its pieces at all: when it can no longer be changed."""
        moments = list(family.build(seed=1).moments(self.pieces))
        finished = [m.piece for m in moments if m.sorting is not None]
        assert len(finished) == len(set(finished))
        assert all(not m.levers for m in moments if m.sorting is not None)

    def test_an_iterator_left_early_leaves_the_piece_in_the_plant(self, family: PlantFamily, tmp_path: Path) -> None:
        """The next call goes on with it; nothing is made twice or lost."""
        left, straight = family.build(seed=2), family.build(seed=2)
        begun = next(iter(left.moments(self.pieces)))
        assert begun.piece
        assert _history(left, self.pieces, tmp_path / "a") == _history(straight, self.pieces, tmp_path / "b")

    # ---- commands in ---------------------------------------------------------------------------------------------

    def test_a_refused_command_leaves_the_plant_unharmed(
        self, family: PlantFamily, plant: Plant, tmp_path: Path
    ) -> None:
        """Unknown piece, unknown parameter, what is no lever, no number, far outside: a reason, and nothing else."""
        pestered, alone = family.build(seed=6), family.build(seed=6)
        for moment in pestered.moments(self.pieces):
            for refusal in _impossible_commands(pestered, moment, plant):
                assert isinstance(refusal, Refusal)
                assert refusal.reason
        assert _history(pestered, 0, tmp_path / "a") == _history(alone, self.pieces, tmp_path / "b")

    def test_a_piece_that_has_left_takes_no_command(self, family: PlantFamily) -> None:
        """Nor does one that has not come."""
        running = family.build(seed=6)
        gone = {m.piece: m.levers for m in running.moments(self.pieces)}
        for piece, levers in gone.items():
            for lever in levers:
                assert isinstance(running.command(piece, lever, 0.0), Refusal)

    def test_calendars_can_be_set_inside_their_ends(self, family: PlantFamily) -> None:
        """And nowhere else; a calendar that the plant does not have is refused."""
        running = family.build(seed=6)
        for name, calendar in running.calendars().items():
            assert isinstance(running.reschedule(name, 2.0 * calendar.high), Refusal)
            assert running.calendars()[name].every == calendar.every
            assert running.reschedule(name, calendar.low) is None
            assert running.calendars()[name].every == calendar.low
            assert calendar.age >= 0.0
        assert isinstance(running.reschedule("no such calendar", 1.0), Refusal)

    # ---- orders --------------------------------------------------------------------------------------------------

    def test_orders_want_what_is_declared(self, family: PlantFamily, plant: Plant) -> None:
        """Each once, with open tonnes, a price, and limits of declared parameters; the oldest first."""
        running = family.build(seed=1)
        for _ in running.moments(self.pieces):
            pass
        orders = running.orders()
        assert len({order.key for order in orders}) == len(orders)
        assert [o.booked_ns for o in orders] == sorted(o.booked_ns for o in orders)
        for order in orders:
            assert order.booked_ns <= running.now_ns
            assert order.price_per_t > 0.0
            assert order.asks.keys() <= plant.parameters.keys()

    def test_looking_at_orders_and_refused_assignments_change_nothing(
        self, family: PlantFamily, tmp_path: Path
    ) -> None:
        """A piece that is not finished or not there, and an order that does not exist, are refused."""
        pestered, alone = family.build(seed=6), family.build(seed=6)
        for moment in pestered.moments(self.pieces):
            orders, stock = pestered.orders(), pestered.stock()
            loose = {piece.piece for piece in stock}
            attempts = [("no such piece", orders[0].key if orders else "none"), (moment.piece, "no such order")]
            if orders and moment.piece not in loose:
                attempts.append((moment.piece, orders[0].key))
            for piece, order in attempts:
                refusal = pestered.assign(piece, order)
                assert isinstance(refusal, Refusal)
                assert refusal.reason
            assert (pestered.orders(), pestered.stock()) == (orders, stock)
        assert _history(pestered, 0, tmp_path / "a") == _history(alone, self.pieces, tmp_path / "b")

    def test_an_assigned_piece_lies_where_it_was_put(self, family: PlantFamily) -> None:
        """Until its order is full; and a test that was told of it keeps what the order asks; labels may be mixed up."""
        running = family.build(seed=6)
        tested: dict[str, dict[str, list[float]]] = {}
        for moment in running.moments(self.pieces):
            told = tested.setdefault(moment.piece, {})
            for reading in moment.readings:
                told.setdefault(reading.parameter, []).append(reading.value)
            if moment.sorting is None:
                continue
            for order in running.orders():
                before = order.open_t
                if running.assign(moment.piece, order.key) is None:
                    assert all(
                        any(low <= value <= high for value in told[key])
                        for key, (low, high) in order.asks.items()
                        if key in told
                    )
                    left = next((o.open_t for o in running.orders() if o.key == order.key), 0.0)
                    lies = {piece.piece: piece.order for piece in running.stock()}
                    assert left < before
                    assert lies.get(moment.piece, order.key) == order.key
                    break

    # ---- scoring -------------------------------------------------------------------------------------------------

    def test_figures_have_units(self, family: PlantFamily) -> None:
        """None before the first piece; then finite values in units that :mod:`pilothouse.units` knows."""
        running = family.build(seed=1)
        assert not running.figures()
        running.run(self.pieces)
        figures = running.figures()
        assert figures
        assert all(math.isfinite(figure.value) and kind_of(figure.unit) for figure in figures.values())

    def test_figures_are_counted_anew(self, family: PlantFamily) -> None:
        """From then on as if nothing had been made before."""
        running = family.build(seed=1)
        running.run(self.pieces)
        running.count_anew()
        assert not running.figures()
        running.run(self.pieces)
        assert running.figures()

    def test_every_practice_is_scored_alike(self, family: PlantFamily) -> None:
        """The same figures in the same units, so that practices can be compared."""
        told = []
        for practice in family.practices:
            running = family.build(seed=1, practice=practice)
            running.run(self.pieces)
            told.append({name: figure.unit for name, figure in running.figures().items()})
        assert all(units == told[0] for units in told)


class LivePlantConformance:
    """The laws of :class:`pilothouse.plants.LivePlant`, beside those of every family."""

    seconds = 120

    @pytest.fixture
    def family(self) -> PlantFamily:
        """Give the family."""
        raise NotImplementedError("a conformance suite needs the fixture family")

    @pytest.fixture
    def live(self, family: PlantFamily) -> LivePlant:
        """A plant of it."""
        built = family.build(seed=3)
        assert isinstance(built, LivePlant)
        return built

    def test_a_tick_each_second_with_every_parameter(self, family: PlantFamily, live: LivePlant) -> None:
        """All declared parameters, each once, and a second between two ticks."""
        ticks = list(live.live(self.seconds))
        assert len(ticks) == self.seconds
        assert all(later.at_ns - tick.at_ns == NS_PER_S for tick, later in pairwise(ticks))
        assert set(ticks[0].parameters) == open_workspace(family.folder).plant.parameters.keys()
        assert len(set(ticks[0].parameters)) == len(ticks[0].parameters)
        assert live.now_ns >= ticks[-1].at_ns

    def test_no_tick_looks_ahead(self, live: LivePlant) -> None:
        """What is shown happened, and was known, by then."""
        for tick in live.live(self.seconds):
            there = np.isfinite(tick.values)
            assert (tick.happened_ns[there] <= tick.known_ns[there]).all()
            assert (tick.known_ns[there] <= tick.at_ns).all()
            assert len(tick.pieces) == len(tick.parameters)

    def test_the_same_seed_shows_the_same(self, family: PlantFamily) -> None:
        """However the seconds are asked for."""
        at_once, in_parts = (cast("LivePlant", family.build(seed=4)) for _ in range(2))
        told = [tick.values for tick in at_once.live(self.seconds)]
        parts = [tick.values for some in (1, 9, self.seconds - 10) for tick in in_parts.live(some)]
        assert np.array_equal(np.array(told), np.array(parts), equal_nan=True)

    def test_a_disturbance_is_switched_on_by_name(self, family: PlantFamily, live: LivePlant) -> None:
        """What is switched on and at once off again changes nothing; an unknown name is misuse."""
        alone = cast("LivePlant", family.build(seed=3))
        assert live.disturbances
        for name, told in live.disturbances.items():
            assert told
            live.disturb(name)
            live.disturb(name, on=False)
        shown = np.array([tick.values for tick in live.live(20)])
        assert np.array_equal(shown, np.array([tick.values for tick in alone.live(20)]), equal_nan=True)
        with pytest.raises(ValueError):  # noqa: PT011 - the words are the family's own
            live.disturb("no such disturbance")


def _history(plant: ProvingPlant, pieces: int, folder: Path) -> dict[str, bytes]:
    """What the plant writes after so many more pieces, by file; the folder is new every time."""
    plant.run(pieces)
    target = folder / str(len(list(folder.glob("*"))) if folder.exists() else 0)
    plant.write_history(target)
    written = {str(path.relative_to(target)): path.read_bytes() for path in sorted(target.rglob("*")) if path.is_file()}
    assert written, "write_history wrote no file"
    return written


def _impossible_commands(plant: ProvingPlant, moment: Moment, declared: Plant) -> Sequence[Refusal | None]:
    lever = next(iter(moment.levers), next(iter(declared.parameters)))
    fixed = [key for key in declared.parameters if key not in moment.levers]
    attempts = [
        ("no such piece", lever, 0.0),
        (moment.piece, "no such parameter", 0.0),
        (moment.piece, lever, math.nan),
        (moment.piece, lever, math.inf),
        (moment.piece, lever, -1e9),
        (moment.piece, lever, 1e9),
        *((moment.piece, key, 0.0) for key in islice(fixed, 3)),
    ]
    return [plant.command(piece, parameter, value) for piece, parameter, value in attempts]
