"""The spine on a real ladle furnace, forward in time: import, learn, advise, prove; peers on the same split.

Needs the real data: `PILOTHOUSE_DATA`, else `../shared/data` beside the repository. Bars are those of the project's
own task; published figures for this data set stand on random splits and are not comparable.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks.figure import Figure
from pilothouse.decision.scenario import Question
from pilothouse.hub.deciding import advise
from pilothouse.hub.hub import Hub
from pilothouse.hub.proving import Proof, prove, until_fraction
from pilothouse.hub.workspace import create_workspace

FRACTION = 0.8
ADVISED = 60
SEED = 1
BARS = {"at_arrival": 5.3, "before_last": 2.45}
"""Highest mean absolute error, K."""
CATBOOST = {"at_arrival": 5.40, "before_last": 2.57}
"""CatBoost on the same split of the same data, run once outside this project: a further peer."""


def run() -> list[Figure]:
    """Measure everything in a folder of its own."""
    data = real_data()
    with TemporaryDirectory() as room:
        root = create_workspace(Path(room) / "lf", "ladle-furnace")
        with Hub.open(root) as hub:
            scenario = hub.scenario()
            began = perf_counter()
            report = hub.import_files(data)
            import_s = perf_counter() - began
            began = perf_counter()
            hub.learn(scenario, as_of_ns=until_fraction(hub, scenario, FRACTION), seed=SEED)
            learn_s = perf_counter() - began
            proof = prove(hub, scenario, from_fraction=FRACTION, seed=SEED)
            advise_ms = _advise_ms(hub, proof.tasks["at_arrival"].judged.subject[-ADVISED:])
    rows = sum(mapping.rows for mapping in report.mappings)
    return [
        Figure.below("import", import_s, "s", 10.0),
        Figure(name="imported rows", value=rows / import_s, unit="rows/s"),
        Figure.below("learn the first four fifths", learn_s, "s", 60.0),
        Figure.below("advise on one heat, median", float(np.median(advise_ms)), "ms", 300.0),
        Figure.below("advise on one heat, 95th percentile", float(np.quantile(advise_ms, 0.95)), "ms", 300.0),
        Figure(name="prove", value=proof.seconds, unit="s"),
        *_figures(proof),
    ]


def real_data() -> Path:
    """The folder of the data set; ends the program where it is not to be had."""
    named = os.environ.get("PILOTHOUSE_DATA")
    home = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    folder = home / "ladle_furnace"
    if not folder.is_dir():
        sys.exit(f"no real data: {folder} is no folder; set PILOTHOUSE_DATA to where it is")
    return folder


def _advise_ms(hub: Hub, subjects: tuple[str, ...]) -> list[float]:
    """Milliseconds of one proposal each, from the question to the event in the ledger, the model being loaded."""
    scenario = hub.scenario()
    took: list[float] = []
    for number, subject in enumerate(subjects):
        snapshot = hub.view(hub.clock()).snapshot(scenario.learns_from, pieces=[subject])
        instant = scenario.moments(snapshot, subject)[0]
        began = perf_counter()
        advise(hub, scenario, Question(subject=subject), as_of_ns=instant, seed=SEED)
        if number:  # the first one loads the model
            took.append(1000.0 * (perf_counter() - began))
    return took


def _figures(proof: Proof) -> list[Figure]:
    found: list[Figure] = []
    for key, bar in BARS.items():
        task = proof.tasks[key]
        score, peers = task.score, task.peers
        assert score.mae is not None
        assert score.hit_rate is not None
        assert score.coverage is not None
        assert score.mean_width is not None
        assert task.lightgbm_width is not None
        fifths = [part.empirical.value for part in task.in_time if part.empirical]
        found += [
            Figure(name=f"{key}: heats", value=score.n, unit=""),
            Figure(name=f"{key}: abstained", value=100 * score.abstained, unit="%"),
            Figure.below(f"{key}: mean absolute error", score.mae, "K", bar),
            *_peers(key, {name: peer.mae for name, peer in peers.items()}),
            *([Figure.above(f"{key}: within 10 K", 100 * score.hit_rate, "%", 85.5)] if key == "at_arrival" else []),
            Figure.between(f"{key}: coverage of the 90 % interval", 100 * score.coverage, "%", 87.0, 93.0),
            Figure.above(f"{key}: least coverage in a fifth", 100 * min(fifths), "%", 82.0),
            Figure.below(f"{key}: mean width", score.mean_width, "K", task.lightgbm_width),
        ]
    return found


def _peers(key: str, maes: Mapping[str, float]) -> list[Figure]:
    known = {**maes, "CatBoost, run once": CATBOOST[key]}
    return [
        Figure(name=f"{key}: mean absolute error of {name}", value=mae, unit="K")
        for name, mae in sorted(known.items(), key=lambda item: item[1])
    ]
