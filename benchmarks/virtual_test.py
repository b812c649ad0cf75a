"""The virtual tests of the steel pack on the silicon mill, forward in time, beside the mill's noise floors and peers.

A mill runs for half a year under usual practice, its files are imported, the last half is foretold in blocks, each by a
model of what was known before it. The noise floor is computed from the hidden truth: what somebody could tell who knew
a piece exactly. The instrument floor is that of somebody who sees readings, and knows all of them. Tests of a stuck
tester are left out on both sides.

Then another mill, in which things change at once while it is judged: a new supplier of ferrosilicon, air in the
annealing furnace until it is repaired, work rolls of another make. There the intervals of the loss have to hold month
by month.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.figure import Figure
from pilothouse.clock import NS_PER_DAY
from pilothouse.hub.hub import Hub
from pilothouse.hub.proving import NOMINAL, TaskProof, prove
from pilothouse.hub.proving_ground import DAYS_OF_MONTH, FILES, run_months, write_workspace
from proving_ground.silicon_mill import family
from proving_ground.silicon_mill.floor import FAULTY_SHARE, noise_floor
from proving_ground.silicon_mill.instrument_floor import instrument_floor
from proving_ground.silicon_mill.plant import SiliconMill

SEED, STEPPED_SEED, VARIATION = 21, 22, 0
MONTHS, FRACTION, EVERY = 6.0, 0.5, 1_000
STEPS = (
    (3.5, "rh-fesi-supplier", True),
    (4.2, "fal-furnace-leak", True),
    (4.7, "fal-furnace-leak", False),
    (5.0, "hsm-roll-type", True),
)
"""Months after the run-in, what changes, and whether it begins or ends."""
DECLARED = Path(__file__).parents[1] / "examples" / "silicon_mill" / "virtual_test.toml"
LOSS = "loss-test"
SEGMENTS = {
    "after-casting": "casting",
    "after-hot-rolling": "hot-rolling",
    "after-cold-rolling": "cold-rolling",
    "after-annealing": "annealing",
}
HELD = ("after-hot-rolling", "after-annealing")
"""Standings that have bars."""
MOST_OVER_FLOOR, COVERED, LEAST_COVERED = 1.15, (0.87, 0.93), 0.82
LEAST_OF_MONTH = 100
"""Forecasts; of fewer, the share that is covered says little."""
PLAIN = "plain LightGBM"

Array = NDArray[np.float64]


def run() -> list[Figure]:
    """Both mills, and the floors of the first."""
    return [*_calm(), *_stepped()]


def _calm() -> list[Figure]:
    mill = family.build(seed=SEED, plant_variation=VARIATION)
    run_months(mill, MONTHS)
    truth = {done.coil.key: done.coil.loss_w_kg for done in mill.flow.tally.finished}
    floor = {one.segment: one.left_w_kg for one in noise_floor(seed=SEED, plant_variation=VARIATION).standings}
    seen = {one.segment: one.left_w_kg for one in instrument_floor(seed=SEED, plant_variation=VARIATION)}
    figures: list[Figure] = []
    with _recorded(mill) as hub:
        began = perf_counter()
        hub.learn(hub.scenario(LOSS), as_of_ns=hub.clock(), seed=SEED)
        figures.append(Figure.below("learn half a year, four standings", perf_counter() - began, "s", 600.0))
        for scenario in hub.workspace.scenarios:
            proof = prove(hub, scenario, from_fraction=FRACTION, seed=SEED, every=EVERY)
            for key, task in proof.tasks.items():
                name = f"{scenario.key} {key}"
                figures += _accuracy(name, task, truth if scenario.key == LOSS else {})
                if scenario.key == LOSS:
                    off, segment = figures[-1].value, SEGMENTS[key]
                    over = (off / floor[segment], off / seen[segment])
                    figures.append(_barred(f"{name}: that over the noise floor", over[0], is_held=key in HELD))
                    figures.append(Figure(name=f"{name}: that over the instrument floor", value=over[1], unit="x"))
                figures += _coverage(name, task, is_held=scenario.key == LOSS and key in HELD)
                figures += _beside_the_peer(name, task)
    return figures


def _stepped() -> list[Figure]:
    mill = family.build(seed=STEPPED_SEED, plant_variation=VARIATION)
    at = 0.0
    for month, name, on in STEPS:
        run_months(mill, month - at)
        mill.disturb(name, on=on)
        at = month
    run_months(mill, MONTHS - at)
    with _recorded(mill) as hub:
        proof = prove(hub, hub.scenario(LOSS), from_fraction=FRACTION, seed=STEPPED_SEED, every=EVERY)
    return [
        figure
        for key, task in proof.tasks.items()
        for figure in _coverage(f"{LOSS} {key}, steps on", task, is_held=key in HELD)
    ]


@contextmanager
def _recorded(mill: SiliconMill) -> Iterator[Hub]:
    """A hub that has read all that a mill wrote, and knows what is to be foretold."""
    with TemporaryDirectory() as room:
        root = Path(room) / "mill"
        root.mkdir()
        write_workspace(family, mill, root)
        declaration = root / "plant.toml"
        declaration.write_text(declaration.read_text("utf-8") + "\n" + DECLARED.read_text("utf-8"), "utf-8")
        with Hub.open(root) as hub:
            hub.import_files(root / FILES)
            yield hub


def _accuracy(name: str, task: TaskProof, truth: dict[str, float]) -> list[Figure]:
    """Mean absolute and rms error; where the truth is told, without tests of a stuck tester."""
    said, told = task.judged.value, task.judged.truth
    true = np.array([truth.get(piece, value) for piece, value in zip(task.judged.subject, told, strict=True)])
    sound = np.isfinite(said) & (np.abs(told / true - 1.0) < FAULTY_SHARE)
    unit = task.judged.unit
    return [
        Figure(name=f"{name}: mean absolute error", value=task.score.mae or np.nan, unit=unit),
        Figure(name=f"{name}: rms error", value=float(np.sqrt(np.mean((said - told)[sound] ** 2))), unit=unit),
    ]


def _barred(name: str, value: float, *, is_held: bool) -> Figure:
    return Figure.below(name, value, "x", MOST_OVER_FLOOR) if is_held else Figure(name=name, value=value, unit="x")


def _coverage(name: str, task: TaskProof, *, is_held: bool) -> list[Figure]:
    """Of the 90 % interval, over all and in the worst month, and how wide it is."""
    judged = task.judged
    known = np.isfinite(judged.value)
    held = (np.abs(judged.value - judged.truth) <= judged.half_width[NOMINAL])[known]
    months = ((judged.anchor_ns - judged.anchor_ns.min()) / (DAYS_OF_MONTH * NS_PER_DAY)).astype(np.int64)[known]
    by_month = [held[months == month] for month in np.unique(months).tolist()]
    least = min(float(part.mean()) for part in by_month if len(part) >= LEAST_OF_MONTH)
    width = float(np.median(judged.half_width[NOMINAL][known]))
    covered, worst = f"{name}: coverage of the 90 % interval", f"{name}: least coverage of a month"
    return [
        Figure.between(covered, float(held.mean()), "1", *COVERED)
        if is_held
        else Figure(name=covered, value=float(held.mean()), unit="1"),
        Figure.above(worst, least, "1", LEAST_COVERED) if is_held else Figure(name=worst, value=least, unit="1"),
        Figure(name=f"{name}: half of its width, median", value=width, unit=judged.unit),
        Figure(name=f"{name}: abstained", value=task.score.abstained, unit="1"),
    ]


def _beside_the_peer(name: str, task: TaskProof) -> list[Figure]:
    peer, unit = task.peers[PLAIN], task.judged.unit
    return [
        Figure(name=f"{name}: mean absolute error less {PLAIN}'s", value=peer.difference.value, unit=unit),
        Figure(name=f"{name}: that difference, high end of 95 %", value=peer.difference.high, unit=unit),
    ]
