"""The end point as a scenario: the contract, filled from plant.toml."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse import __version__
from pilothouse.clock import NS_PER_DAY, NS_PER_MIN
from pilothouse.decision.check import LeverLimits, check_set_points
from pilothouse.decision.judged import Judged
from pilothouse.decision.proposal import Proposal
from pilothouse.decision.scenario import CameOut, Command, Model, Question, set_point_commands
from pilothouse.decision.view import Read, Snapshot
from pilothouse.decision.worth import Basis, Worth, model_based_worth
from pilothouse.errors import NotFittedError
from pilothouse.packs.steel.end_point.belief import Box, believe
from pilothouse.packs.steel.end_point.declaration import CARBON_UNIT, TEMPERATURE_UNIT, EndPoint
from pilothouse.packs.steel.end_point.heats import ENDED, Heats, heats
from pilothouse.packs.steel.end_point.model import RESULTS, SCHEMA, EndPointModel, learn
from pilothouse.packs.steel.end_point.proposing import COVERAGE, WISHES, propose

COVERAGES: Final = (0.5, 0.8, 0.95, COVERAGE)
"""Nominal coverages that are judged; the last is the one that is shown."""
LOOKS_BACK_NS: Final = 45 * NS_PER_DAY
"""Errors of a model that is learnt again each month are at most so old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPointScenario:
    """One declared end point; see :class:`pilothouse.decision.scenario.Forecasting`.

    Parameters
    ----------
    point
        As declared.
    currency
        The plant's money.
    """

    point: EndPoint
    currency: str

    @property
    def key(self) -> str:
        """Stable name."""
        return self.point.key

    @property
    def title(self) -> str:
        """What people call it."""
        return self.point.title

    @property
    def reads(self) -> tuple[Read, ...]:
        """Everything declared, some weeks back."""
        return (Read(parameters=self.point.parameters, span_ns=LOOKS_BACK_NS),)

    @property
    def learns_from(self) -> tuple[Read, ...]:
        """Everything declared, all that is recorded."""
        return (Read(parameters=self.point.parameters),)

    @property
    def wishes(self) -> tuple[str, ...]:
        """Another aim than the declared one."""
        return WISHES

    def moments(self, snapshot: Snapshot, subject: str) -> tuple[int, ...]:
        """When the heat's shot was known."""
        return tuple(heats(snapshot, self.point, pieces=[subject]).instants("anchor_ns").tolist())

    def due(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Heats whose shot is known and still valid, and whose end is not known."""
        oldest_ns = snapshot.as_of_ns - int(self.point.aim.valid_minutes * NS_PER_MIN)
        return heats(snapshot, self.point).where(~ENDED & (pl.col("anchor_ns") >= oldest_ns)).pieces

    def learn(self, snapshot: Snapshot, seed: int, previous: Model | None) -> EndPointModel:
        """Learn from the heats that ended.

        Raises
        ------
        NotFittedError
            If too few heats ended.
        """
        earlier = previous if isinstance(previous, EndPointModel) and previous.declared == self._declared else None
        head = {"scenario": self.key, "version": self._version(snapshot, seed, earlier), "declared": self._declared}
        return learn(heats(snapshot, self.point).where(ENDED), head, snapshot.as_of_ns, seed, earlier)

    def load(self, folder: Path) -> EndPointModel:
        """A model that was saved."""
        return EndPointModel.load(folder)

    def baseline(self, snapshot: Snapshot, model: Model | None, question: Question) -> Mapping[str, float]:
        """What the crews' practice, learnt from the record, would do."""
        proposal = self.propose(snapshot, model, question, seed=0)
        return {} if proposal.baseline is None else proposal.baseline.values

    def propose(self, snapshot: Snapshot, model: Model | None, question: Question, seed: int) -> Proposal:
        """The last oxygen and coolant that land the heat at least cost; or why there is no answer.

        Raises
        ------
        NotFittedError
            If nothing was learnt yet, or something else than is declared now.
        """
        return propose(self.point, self.currency, snapshot, self._own(model), question, seed)

    def check(self, proposal: Proposal, now_ns: int) -> tuple[str, ...]:
        """Violations of limits, range, validity and asked probability."""
        limits = {
            lever.parameter: LeverLimits(low=lever.low, high=lever.high, source=lever.source)
            for lever in self.point.levers
        }
        late = ("its validity has ended",) if now_ns > proposal.valid_until_ns and proposal.change is None else ()
        return (*late, *check_set_points(proposal, limits, now_ns=now_ns))

    def commands(self, proposal: Proposal) -> tuple[Command, ...]:
        """One command a lever."""
        return set_point_commands(proposal)

    def outcome(self, proposal: Proposal, snapshot: Snapshot) -> CameOut | None:
        """The temperature at which the heat ended and what was done; in tolerance where carbon is too, at once."""
        ended = heats(snapshot, self.point, pieces=[proposal.subject]).where(ENDED)
        if ended.table.is_empty() or int(ended.instants("known_ns")[0]) <= proposal.as_of_ns:
            return None
        row, aim = ended.table.row(0, named=True), proposal.aim
        box = Box(carbon=(aim["carbon_low"], aim["carbon_high"]), temperature=(aim["low"], aim["high"]))
        landed = bool(box.holds(np.array([row["carbon"]]), np.array([row["temperature"]]))[0]) and not row["again"]
        done = dict(zip((lever.parameter for lever in self.point.levers), ended.levers[0].tolist(), strict=True))
        return CameOut(
            value=float(row["temperature"]),
            unit=TEMPERATURE_UNIT,
            in_tolerance=landed,
            known_ns=int(row["known_ns"]),
            done=done,
        )

    def worth(self, proposal: Proposal) -> Worth:
        """The model's own estimate, labelled so: a record cannot show what was not done."""
        if not self.point.aim.miss_cost_source:
            why = "no cost of a miss is declared, so a saving cannot be set against the misses it may bring"
            return Worth(value=None, currency=self.currency, basis=Basis.NOT_MEASURABLE, formula=why)
        return model_based_worth(proposal, miss_cost=self.point.aim.miss_cost, currency=self.currency)

    def answered(self, snapshot: Snapshot) -> pl.DataFrame:
        """Heats that ended, by their shot."""
        ended = heats(snapshot, self.point).where(ENDED & (pl.col("known_ns") <= snapshot.as_of_ns)).table
        return ended.select(
            pl.col("piece").alias("subject"),
            pl.col("anchor_ns").alias("first_ns"),
            pl.col("known_ns").alias("finished_ns"),
        ).sort("first_ns", "subject")

    def judge(self, snapshot: Snapshot, model: Model, subjects: Sequence[str]) -> Mapping[str, Judged]:
        """Forecasts of carbon and temperature with the levers as they were moved, and the chance said for both."""
        own = self._own(model)
        asked = heats(snapshot, self.point, pieces=subjects).where(ENDED)
        believed = believe(own, asked, asked.levers, COVERAGES, own.errors(asked))
        outside = own.domain.outside(own.fitted.mended(asked))
        calibrated = np.isfinite(believed.half_width[COVERAGE][:, 0] + believed.half_width[COVERAGE][:, 1])
        spoken = calibrated & np.array([not why for why in outside], dtype=np.bool_)
        aim = self.point.aim
        box = Box.around(self.point, aim.carbon, aim.temperature).without_again(self.point)
        still = np.zeros((1, 2))
        chance = np.array([float(believed.chance(own, box, k, still)[0]) for k in range(len(asked.pieces))])
        landed = box.holds(asked.column("carbon"), asked.column("temperature"))
        blow, left = own.fitted.blow, believed.value[:, 0]
        values = (blow.carbon(left), believed.value[:, 1])
        halves = (
            {c: np.exp(left) * np.sinh(half[:, 0]) for c, half in believed.half_width.items()},
            {c: half[:, 1] for c, half in believed.half_width.items()},
        )
        tolerances, units = (aim.carbon_tolerance, aim.temperature_tolerance), (CARBON_UNIT, TEMPERATURE_UNIT)
        return {
            name: Judged(
                subject=asked.pieces,
                anchor_ns=asked.instants("anchor_ns"),
                truth=asked.column(name),
                value=np.where(spoken, values[k], np.nan),
                half_width=halves[k],
                why_abstained=_reasons(asked, outside, calibrated),
                drift=believed.drift[k],
                unit=units[k],
                tolerance=tolerances[k],
                features=np.column_stack([asked.facts, asked.levers]),
                names=(*self.point.facts, *(lever.parameter for lever in self.point.levers)),
                chance=np.where(spoken, chance, np.nan),
                landed=landed,
            )
            for k, name in enumerate(RESULTS)
        }

    @property
    def _declared(self) -> str:
        """Fingerprint of what is declared to be learnt; limits, prices and aims may change without learning again."""
        said = self.point
        again = None if said.again is None else (said.again.after_minutes, said.again.before)
        levers = [(lever.parameter, lever.amount) for lever in said.levers]
        parts = (said.facts, said.bath, said.shot, said.end, again, levers)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def _own(self, model: Model | None) -> EndPointModel:
        if not isinstance(model, EndPointModel):
            raise NotFittedError("nothing was learnt yet", hint="run `pilothouse learn`")
        if model.declared != self._declared:
            raise NotFittedError(
                f"model {model.version} was learnt when parameters or levers of the end point were declared otherwise",
                hint="run `pilothouse learn`",
            )
        return model

    def _version(self, snapshot: Snapshot, seed: int, earlier: EndPointModel | None) -> str:
        parts = (
            f"pilothouse {__version__}, schema {SCHEMA}",
            repr(self.point),
            snapshot.fingerprint(),
            str(seed),
            earlier.version if earlier else "",
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _reasons(
    asked: Heats, outside: Sequence[tuple[str, ...]], calibrated: NDArray[np.bool_]
) -> dict[str, tuple[str, ...]]:
    uncalibrated = ("fewer than 30 ends are known to calibrate on",)
    return {
        piece: why or uncalibrated
        for piece, why, known in zip(asked.pieces, outside, calibrated.tolist(), strict=True)
        if why or not known
    }
