"""The noise floor, in brackets: how well the last reading of a heat could be foretold at best.

*From above*: a particle filter that knows the plant's equations, its constants and how its hidden states spread over
the heats before, and sees of a heat what its records show: the readings allowed, every arc, addition and minute. It
does not know this heat's own slag, wear, mass, lots and arcs. *At arrival* it sees the first reading and everything
that was done; *before last* all readings but the last. Its error can be reached, so the floor is not above it.

It does not read the crew's mind: that a crew heats again tells that it read too low, and that it let the heat go tells
that the last reading was inside the window. A model learnt from the records may use that and come below the filter.

*From below*: what the last probe itself adds to the true temperature under it. Whoever knew every hidden state, but
not the crew's window, would still be off by that much.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.plants import Figure
from pilothouse.seeds import stream
from proving_ground.ladle_furnace.balance import Ladle, State, advance, chill
from proving_ground.ladle_furnace.materials import MATERIALS
from proving_ground.ladle_furnace.score import Outcome
from proving_ground.ladle_furnace.treatment import FAULTY_BELOW_DEGC, raw_slag_factor

PARTICLES: Final = 300
DONORS: Final = 150
"""So many heats before are what the filter knows of the hidden states' spread."""

Array = NDArray[np.float64]


def noise_floor(outcomes: Sequence[Outcome], constants: dict[str, float], *, heats: int = 240) -> dict[str, Figure]:
    """Mean absolute errors between which the best forecast lies.

    Parameters
    ----------
    outcomes
        Of a run, in order.
    constants
        Of its plant.
    heats
        So many of them are judged, spread evenly over the run.

    Returns
    -------
    ``filter_error_at_arrival``, ``filter_error_before_last`` (from above) and ``probe_error`` (from below) in K;
    nothing where the run has fewer heats than the filter wants to know of.
    """
    if len(outcomes) <= DONORS:
        return {}
    rng = stream(0, "ladle-furnace", "noise-floor")
    chosen = np.unique(np.linspace(DONORS, len(outcomes) - 1, heats).astype(int))
    errors = []
    for n in chosen:
        probes = _credible_probes(outcomes[n])
        if len(probes) > 1:
            donors = outcomes[n - DONORS : n]
            errors.append(
                [_error_k(outcomes[n], donors, constants, probes, rng, upto) for upto in (1, len(probes) - 1)]
            )
    arrival_k, before_k = np.abs(np.array(errors)).mean(axis=0)
    return {
        "filter_error_at_arrival": Figure(value=float(arrival_k), unit="K"),
        "filter_error_before_last": Figure(value=float(before_k), unit="K"),
        "probe_error": Figure(value=float(np.mean([abs(o.last_probe_error_k) for o in outcomes])), unit="K"),
    }


def _credible_probes(outcome: Outcome) -> list[int]:
    return [k for k, (kind, _, value) in enumerate(outcome.events) if kind == "probe" and value >= FAULTY_BELOW_DEGC]


def _error_k(
    outcome: Outcome,
    donors: Sequence[Outcome],
    constants: dict[str, float],
    probes: list[int],
    rng: np.random.Generator,
    upto: int,
) -> float:
    """Forecast minus the last reading, having seen the first ``upto`` credible readings."""
    cloud = _Cloud(donors, constants, rng)
    for k, (kind, a, b) in enumerate(outcome.events[: probes[-1]]):
        if kind == "time":
            cloud.pass_time(a, b, outcome.gas_nm3_min)
        elif kind == "chill":
            cloud.chill(int(a), b)
        elif k == probes[0]:
            cloud.start_at(b)
        elif k in probes[:upto]:
            cloud.learn(b)
    return float(np.median(cloud.seen_degc())) - outcome.events[probes[-1]][2]


class _Cloud:
    """Many ladles that might be the one in the furnace."""

    def __init__(self, donors: Sequence[Outcome], constants: dict[str, float], rng: np.random.Generator) -> None:
        picked = [donors[i] for i in rng.integers(0, len(donors), PARTICLES)]
        self._c, self._rng = constants, rng
        self._ladle = Ladle(
            **{f.name: np.array([getattr(o.heat.ladle, f.name) for o in picked]) for f in fields(Ladle)}
        )
        self._chill = np.array([[o.heat.chill_kwh[m.key] for m in MATERIALS] for o in picked])
        self._state = State(
            bath_degc=np.array([o.heat.arrival_degc for o in picked]),
            lining_degc=np.array([o.heat.lining_degc for o in picked]),
            unmixed_k=np.zeros(PARTICLES),
            lost_kwh=np.zeros(PARTICLES),
        )
        self._arcs = 0

    def pass_time(self, minutes: float, arc_kw: float, gas_nm3_min: float) -> None:
        foam: Array | float = 1.0
        if arc_kw > 0.0:
            self._arcs += 1
            foam = np.exp(self._c["arc_sd"] * self._rng.standard_normal(PARTICLES))
            foam = foam * raw_slag_factor(self._arcs, self._c)
        advance(self._state, self._ladle, minutes, arc_kw=arc_kw, foam=foam, gas_nm3_min=gas_nm3_min)

    def chill(self, place: int, kg: float) -> None:
        chill(self._state, self._ladle, kg * self._chill[:, place])

    def seen_degc(self) -> Array:
        """What a probe without noise would read."""
        return self._state.bath_degc + self._state.unmixed_k

    def start_at(self, degc: float) -> None:
        """The first reading says where the bath is, but for its noise and a cold spot."""
        c, rng = self._c, self._rng
        cold = rng.random(PARTICLES) < c["cold_spot_share"]
        off_k = c["first_probe_sd_k"] * rng.standard_normal(PARTICLES)
        off_k += np.where(cold, rng.exponential(c["cold_spot_k"], PARTICLES), 0.0)
        self._state.bath_degc = degc + off_k - self._state.unmixed_k

    def learn(self, degc: float) -> None:
        """Keep the ladles that fit a reading: weights by its likelihood, then systematic resampling."""
        c = self._c
        off_k = degc - self.seen_degc()
        good = np.exp(-0.5 * (off_k / c["probe_sd_k"]) ** 2) / (c["probe_sd_k"] * np.sqrt(2.0 * np.pi))
        cold = np.where(off_k < 0.0, np.exp(np.minimum(off_k, 0.0) / c["cold_spot_k"]) / c["cold_spot_k"], 0.0)
        weights = (1.0 - c["cold_spot_share"]) * good + c["cold_spot_share"] * cold + 1e-9
        places = (self._rng.random() + np.arange(PARTICLES)) / PARTICLES
        kept = np.minimum(np.searchsorted(np.cumsum(weights / weights.sum()), places), PARTICLES - 1)
        self._ladle = replace(self._ladle, **{f.name: getattr(self._ladle, f.name)[kept] for f in fields(Ladle)})
        self._state = State(**{f.name: getattr(self._state, f.name)[kept] for f in fields(State)})
        self._chill = self._chill[kept]
