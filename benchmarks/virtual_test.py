"""The virtual test of the steel pack on the silicon mill, forward in time, beside the mill's noise floor and peers.

A mill runs for half a year under usual practice, its files are imported, the last half is foretold in blocks, each by a
model of what was known before it. The floor is computed from the hidden truth: what somebody could tell who knew a
piece exactly. A model sees instruments only, so it stays above. Tests of a stuck tester are left out on both sides.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks.figure import Figure
from pilothouse.hub.hub import Hub
from pilothouse.hub.proving import NOMINAL, TaskProof, prove
from pilothouse.hub.proving_ground import FILES, run_months, write_workspace
from proving_ground.silicon_mill import family
from proving_ground.silicon_mill.floor import FAULTY_SHARE, noise_floor

SEED, VARIATION = 12, 0
MONTHS, FRACTION, EVERY = 6.0, 0.5, 1_000
DECLARED = Path(__file__).parents[1] / "examples" / "silicon_mill" / "virtual_test.toml"
SEGMENTS = {"after-hot-rolling": "hot-rolling", "after-annealing": "annealing"}
MOST_OVER_FLOOR, COVERED, LEAST_COVERED = 1.15, (0.87, 0.93), 0.82
PLAIN = "plain LightGBM"


def run() -> list[Figure]:
    """Run the mill, import, learn, foretell; then the floor of the same mill."""
    mill = family.build(seed=SEED, plant_variation=VARIATION)
    run_months(mill, MONTHS)
    truth = {done.coil.key: done.coil.loss_w_kg for done in mill.flow.tally.finished}
    with TemporaryDirectory() as room:
        root = Path(room) / "mill"
        root.mkdir()
        write_workspace(family, mill, root)
        declaration = root / "plant.toml"
        declaration.write_text(declaration.read_text("utf-8") + "\n" + DECLARED.read_text("utf-8"), "utf-8")
        with Hub.open(root) as hub:
            hub.import_files(root / FILES)
            began = perf_counter()
            hub.learn(hub.scenario(), as_of_ns=hub.clock(), seed=SEED)
            learn_s = perf_counter() - began
            proof = prove(hub, hub.scenario(), from_fraction=FRACTION, seed=SEED, every=EVERY)
    floor = {one.segment: one.left_w_kg for one in noise_floor(seed=SEED, plant_variation=VARIATION).standings}
    return [
        Figure.below("learn half a year", learn_s, "s", 600.0),
        *(
            figure
            for key, segment in SEGMENTS.items()
            for figure in _figures(key, proof.tasks[key], truth, floor[segment])
        ),
    ]


def _figures(key: str, task: TaskProof, truth: dict[str, float], floor_w_kg: float) -> list[Figure]:
    said, told = task.judged.value, task.judged.truth
    true = np.array([truth.get(piece, np.nan) for piece in task.judged.subject])
    sound = np.isfinite(said) & (np.abs(told / true - 1.0) < FAULTY_SHARE)
    off = float(np.sqrt(np.mean((said - told)[sound] ** 2)))
    within = [row.empirical.value for row in task.reliability if row.nominal == NOMINAL and row.empirical]
    fifths = [part.empirical.value for part in task.in_time if part.empirical]
    peer = task.peers[PLAIN]
    return [
        Figure(name=f"{key}: rms error", value=off, unit="W/kg"),
        Figure.below(f"{key}: rms error over the noise floor", off / floor_w_kg, "x", MOST_OVER_FLOOR),
        Figure.between(f"{key}: coverage of the 90 % interval", within[0], "1", *COVERED),
        Figure.above(f"{key}: least coverage of a fifth", min(fifths), "1", LEAST_COVERED),
        Figure(name=f"{key}: mean absolute error", value=task.score.mae or np.nan, unit="W/kg"),
        Figure(name=f"{key}: the same less {PLAIN}'s", value=peer.difference.value, unit="W/kg"),
        Figure(name=f"{key}: that difference, high end of 95 %", value=peer.difference.high, unit="W/kg"),
        Figure(name=f"{key}: abstained", value=task.score.abstained, unit="1"),
    ]
