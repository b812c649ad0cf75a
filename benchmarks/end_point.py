"""The end point of the converter on the silicon mill: forecast beside peers, and control beside the usual practice.

*Forecast*: a mill runs for a year under usual practice. Each month a model is learnt from what was known by then and
foretells the heats of the next, with oxygen and coolant as they were given; beside it a multilinear regression and a
plain LightGBM of the same heats and parameters, learnt each month too. A hit lies within 0.02 % of carbon and 12 K.

*Control*: the same mill runs again, with the same disturbances; after the first months oxygen and coolant are commanded
through the port as proposed, where there is a proposal. A heat lands if it ends within the tolerances of its grade's
aim and was not blown again.

The seeds and plants are not those on which anything was chosen. The limit is what somebody could land who knew all
that goes before the last minutes; it is computed from the hidden truth of the last minutes' luck.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from benchmarks.blow_limit import limit_figures, limits
from benchmarks.figure import Figure
from benchmarks.watched import Watched
from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.judged import Judged
from pilothouse.decision.scenario import Question
from pilothouse.decision.view import View
from pilothouse.hub.proving_ground import DAYS_OF_MONTH, run_months
from pilothouse.hub.workspace import open_workspace
from pilothouse.methods.estimate.score import wilson
from pilothouse.packs.steel.end_point.heats import ENDED, heats
from pilothouse.packs.steel.end_point.model import RESULTS
from pilothouse.packs.steel.end_point.scenario import EndPointScenario
from pilothouse.packs.steel.pack import pack
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant
from pilothouse.plants import Moment
from proving_ground.silicon_mill import family
from proving_ground.silicon_mill.plant import SiliconMill
from proving_ground.silicon_mill.recentring import rules_of
from proving_ground.silicon_mill.records import Records

PLANTS = ((41, 4), (42, 5), (43, 6))
MONTHS, LEARNT_MONTHS, COMMANDED_MONTHS = 12, 4, 4
LAST_PHASE = "ending-the-blow"
DECLARED = Path(__file__).parents[1] / "examples" / "silicon_mill" / "end_point.toml"
SEED, RESAMPLES = 12, 4_000
REGRESSION, LIGHTGBM = "multilinear regression", "plain LightGBM"
TREES = 400
JOINT, OF_CARBON, OF_TEMPERATURE = 0.85, 0.93, 0.90
"""Bars of the field for hit rates of a forecast."""
CARBON_TOLERANCE, TEMPERATURE_TOLERANCE, COVERED = 0.02, 12.0, (0.87, 0.93)
WHO = ("usual", "proposed to")


@dataclass(frozen=True, kw_only=True)
class Year:
    """A year of a mill, as it was watched.

    Parameters
    ----------
    scenario, view
        The end point, and a view of what was told as of an instant.
    aims
        Of each heat, by its grade: carbon and temperature.
    starts_ns
        When each month began, and the end of the last.
    endings
        How each proposal ended, by heat.
    """

    scenario: EndPointScenario
    view: Callable[[int], View]
    aims: Mapping[str, tuple[float, float]]
    starts_ns: tuple[int, ...]
    endings: Mapping[str, str]


def run() -> list[Figure]:
    """Run every plant twice, each plant in a process of its own; pool what came out."""
    with get_context("spawn").Pool(len(PLANTS)) as pool:
        parts = pool.starmap(_plant, PLANTS, chunksize=1)
    forecast = {key: np.concatenate([part[0][key] for part in parts]) for key in parts[0][0]}
    control = {key: np.concatenate([part[1][key] for part in parts]) for key in parts[0][1]}
    return [*_forecast_figures(forecast), *limit_figures([part[2] for part in parts]), *_control_figures(control)]


def _plant(seed: int, variation: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], tuple[float, float]]:
    """Forecasts, landings and limits of one plant."""
    usual = _usual(seed, variation)
    months = _foretold(usual)
    foretold = {key: np.concatenate([month[key] for month in months]) for key in months[0]}
    return (
        foretold,
        _landed(usual, _commanded(seed, variation)),
        limits(variation, CARBON_TOLERANCE, TEMPERATURE_TOLERANCE),
    )


def _usual(seed: int, variation: int) -> Year:
    """A mill at work for a year under its usual practice, as it was recorded."""
    mill = family.build(seed=seed, plant_variation=variation)
    starts_ns = _months(mill)
    run_months(mill, MONTHS)
    plant, scenario = _declared()
    told = Watched(scenario.point.parameters, _of_heats(mill))
    return Year(scenario=scenario, view=partial(_view, plant, told), aims={}, starts_ns=starts_ns, endings={})


def _commanded(seed: int, variation: int) -> Year:
    """The same mill; its converter is commanded as proposed from :data:`LEARNT_MONTHS` on, for so many months."""
    mill = family.build(seed=seed, plant_variation=variation)
    starts_ns = _months(mill)
    run_months(mill, LEARNT_MONTHS)
    plant, scenario = _declared()
    told = Watched(scenario.point.parameters, _of_heats(mill))
    view, table = partial(_view, plant, told), rules_of("usual", variation).table
    aims: dict[str, tuple[float, float]] = {}
    endings: dict[str, str] = {}
    model, learnt = None, 0
    for moment in _moments(mill, starts_ns[LEARNT_MONTHS + COMMANDED_MONTHS]):
        told.keep(moment.piece, moment.readings)
        if moment.segment != LAST_PHASE or not moment.levers:
            continue
        recipe = table[mill.flow.piece(moment.piece).grade.key].converter
        aims[moment.piece] = (recipe.end_c, recipe.end_degc)
        month = int(np.searchsorted(starts_ns, moment.at_ns, side="right"))
        if month > learnt:
            learnt, model = month, scenario.learn(view(moment.at_ns).snapshot(scenario.learns_from), SEED, model)
        wishes = dict(zip(RESULTS, aims[moment.piece], strict=True))
        question = Question(subject=moment.piece, wishes=wishes)
        said = scenario.propose(view(moment.at_ns).snapshot(scenario.reads), model, question, SEED)
        assert scenario.check(said, moment.at_ns) == ()
        endings[moment.piece] = str(said.ending)
        for command in scenario.commands(said):
            assert mill.command(command.subject, command.lever, command.value) is None
    return Year(scenario=scenario, view=view, aims=aims, starts_ns=starts_ns, endings=endings)


def _declared() -> tuple[Plant, EndPointScenario]:
    plant = open_workspace(family.folder).plant
    [scenario], _ = pack.scenarios(family.folder, Declaration.parse(DECLARED.read_text("utf-8")), plant)
    assert isinstance(scenario, EndPointScenario)
    return plant, scenario


def _months(mill: SiliconMill) -> tuple[int, ...]:
    month_ns = int(DAYS_OF_MONTH * NS_PER_DAY)
    return tuple(mill.now_ns + k * month_ns for k in range(MONTHS + 1))


def _of_heats(mill: SiliconMill) -> dict[str, pl.DataFrame]:
    """What is recorded of heats."""
    return Records(rows=[row for row in mill.records.rows if row.segment.unit in ("HMD", "BOF")]).frames()


def _view(plant: Plant, told: Watched, at_ns: int) -> View:
    return View(plant=plant, recorded=told, as_of_ns=at_ns, upto=0)


def _moments(mill: SiliconMill, until_ns: int) -> Iterator[Moment]:
    while mill.now_ns < until_ns:
        yield from mill.moments(1)


def _foretold(year: Year) -> list[dict[str, np.ndarray]]:
    """Forecasts and truth month by month, ours and the peers'."""
    scenario, model, months = year.scenario, None, []
    whole = year.view(2**62).snapshot(scenario.learns_from)
    subjects = scenario.answered(whole)
    for start_ns, end_ns in zip(year.starts_ns[LEARNT_MONTHS:-1], year.starts_ns[LEARNT_MONTHS + 1 :], strict=True):
        model = scenario.learn(year.view(start_ns).snapshot(scenario.learns_from), SEED, model)
        past = subjects.filter(subjects["finished_ns"] <= start_ns)["subject"].to_list()
        asked = subjects.filter((subjects["first_ns"] > start_ns) & (subjects["first_ns"] <= end_ns))["subject"]
        known, block = scenario.judge(whole, model, past), scenario.judge(whole, model, asked.to_list())
        found: dict[str, np.ndarray] = {"chance": block["carbon"].chance, "landed": block["carbon"].landed}
        for name in RESULTS:
            found |= _of_result(name, known[name], block[name])
        months.append(found)
    return months


def _of_result(name: str, past: Judged, block: Judged) -> dict[str, np.ndarray]:
    regression = make_pipeline(SimpleImputer(strategy="median"), LinearRegression()).fit(past.features, past.truth)
    settings = {"objective": "l1", "learning_rate": 0.05, "num_threads": 1, "verbosity": -1, "seed": SEED}
    trees = lgb.train(settings, lgb.Dataset(past.features, past.truth), TREES)
    said = {
        "ours": block.value,
        REGRESSION: regression.predict(block.features),
        LIGHTGBM: np.asarray(trees.predict(block.features)),
    }
    off = {f"{name} {who}": np.abs(value - block.truth) for who, value in said.items()}
    inside = np.abs(block.value - block.truth) <= block.half_width[0.9]
    return {**off, f"{name} inside": np.where(np.isfinite(block.value), inside, np.nan)}


def _landed(usual: Year, commanded: Year) -> dict[str, np.ndarray]:
    """Of the heats of both runs after the first months: whether each landed, and what it got."""
    point = usual.scenario.point
    runs = []
    for year in (usual, commanded):
        snapshot = year.view(2**62).snapshot(year.scenario.learns_from)
        table = heats(snapshot, point).where(ENDED & (pl.col("anchor_ns") >= year.starts_ns[LEARNT_MONTHS])).table
        runs.append({row["piece"]: row for row in table.iter_rows(named=True)})
    both = [piece for piece in runs[0] if piece in runs[1] and piece in commanded.endings]
    found: dict[str, list[float]] = {"proposed": [float(commanded.endings[piece] == "optimal") for piece in both]}
    for who, rows in zip(("usual", "proposed to"), runs, strict=True):
        for name in (*RESULTS, "both", "again", "oxygen", "coolant", "warmer"):
            found[f"{who} {name}"] = []
        for piece in both:
            row, (carbon, degc) = rows[piece], commanded.aims[piece]
            near = abs(row["carbon"] - carbon) <= point.aim.carbon_tolerance
            warm = abs(row["temperature"] - degc) <= point.aim.temperature_tolerance
            found[f"{who} carbon"].append(near)
            found[f"{who} temperature"].append(warm)
            found[f"{who} both"].append(near and warm and not row["again"])
            found[f"{who} warmer"].append(row["temperature"] - degc)
            for name in ("again", "oxygen", "coolant"):
                found[f"{who} {name}"].append(row[name])
    return {key: np.array(values, dtype=float) for key, values in found.items()}


def _forecast_figures(found: Mapping[str, np.ndarray]) -> list[Figure]:
    said = np.isfinite(found["carbon ours"])
    tolerance = {"carbon": CARBON_TOLERANCE, "temperature": TEMPERATURE_TOLERANCE}
    hits = {
        who: {name: (found[f"{name} {who}"] <= tolerance[name])[said] for name in tolerance}
        for who in ("ours", REGRESSION, LIGHTGBM)
    }
    joint = {who: of["carbon"] & of["temperature"] for who, of in hits.items()}
    share = wilson(int(joint["ours"].sum()), int(said.sum()))
    inside = {name: float(found[f"{name} inside"][said].mean()) for name in tolerance}
    return [
        Figure(name="forecast: heats", value=float(said.size), unit="heats"),
        Figure(name="forecast: abstained", value=1.0 - float(said.mean()), unit="1"),
        Figure.above("forecast: carbon within 0.02 %", float(hits["ours"]["carbon"].mean()), "1", OF_CARBON),
        Figure.above(
            "forecast: temperature within 12 K", float(hits["ours"]["temperature"].mean()), "1", OF_TEMPERATURE
        ),
        Figure.above("forecast: both", share.value, "1", JOINT),
        Figure(name="forecast: both, low end of 95 %", value=share.low, unit="1"),
        *(
            figure
            for who in (REGRESSION, LIGHTGBM)
            for figure in (
                Figure(name=f"forecast: both, {who}", value=float(joint[who].mean()), unit="1"),
                *_difference(f"forecast: both, less {who}", joint["ours"], joint[who]),
            )
        ),
        *(
            Figure.between(f"forecast: {name}, coverage of the 90 % interval", value, "1", *COVERED)
            for name, value in inside.items()
        ),
        Figure(name="forecast: chance of landing, said", value=float(found["chance"][said].mean()), unit="1"),
        Figure(name="forecast: chance of landing, came", value=float(found["landed"][said].mean()), unit="1"),
    ]


def _control_figures(found: Mapping[str, np.ndarray]) -> list[Figure]:
    usual, ours = (wilson(int(found[f"{who} both"].sum()), len(found["proposed"])) for who in WHO)
    return [
        Figure(name="control: heats of both runs", value=float(len(found["proposed"])), unit="heats"),
        Figure(name="control: with a proposal", value=float(found["proposed"].mean()), unit="1"),
        *(
            Figure(name=f"control: {name}, {who}", value=float(found[f"{who} {name}"].mean()), unit="1")
            for name in (*RESULTS, "again")
            for who in WHO
        ),
        *(
            Figure(name=f"control: over the aim, {who}", value=float(found[f"{who} warmer"].mean()), unit="K")
            for who in WHO
        ),
        Figure(name="control: landed, usual", value=usual.value, unit="1"),
        Figure(name="control: landed, proposed to", value=ours.value, unit="1"),
        Figure(name="control: landed, proposed to, low end of 95 %", value=ours.low, unit="1"),
        *_difference("control: landed, less usual", found["proposed to both"], found["usual both"]),
        *(
            Figure(
                name=f"control: {lever} a heat, less usual",
                value=float((found[f"proposed to {lever}"] - found[f"usual {lever}"]).mean()),
                unit=unit,
            )
            for lever, unit in (("oxygen", "Nm3/h"), ("coolant", "t"))
        ),
    ]


def _difference(name: str, ours: np.ndarray, theirs: np.ndarray) -> tuple[Figure, Figure, Figure]:
    """Mean difference on the same heats, with the ends of its 95 % interval by resampling heats."""
    gains = ours.astype(float) - theirs.astype(float)
    rng = np.random.default_rng(SEED)
    means = np.array([gains[rng.integers(len(gains), size=len(gains))].mean() for _ in range(RESAMPLES)])
    low, high = np.quantile(means, [0.025, 0.975])
    return (
        Figure(name=name, value=float(gains.mean()), unit="1"),
        Figure(name=f"{name}, low end of 95 %", value=float(low), unit="1"),
        Figure(name=f"{name}, high end of 95 %", value=float(high), unit="1"),
    )
