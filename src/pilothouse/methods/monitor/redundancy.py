r"""Redundancy: whether a sensor left what it measures, or what it measures moved.

What a sensor measures has causes (the zones of a furnace, the speed of the strip) and effects (how hot it leaves the
cooling section, how large its grains are). Neither passes through the sensor, also where a control loop does: a loop
that trims the causes until the sensor shows its aim hides an error from the sensor, not from causes and effects. Each
says by how much the sensor shows more than it lets expect (:mod:`.gap`).

    sensor    it left its causes, and its effects say what the causes say: it shows what is not there
    process   it left its causes, and its effects say what the sensor says: what it measures did move; or a cause
              contradicts the others, or the effects moved alone
    unclear   it left its causes, and the effects cannot tell
    quiet     neither
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from pilothouse.methods.monitor.gap import NEWEST_EFFECTS, Evidence, Gap, Side, gap_now, gap_over, together

Ruling = Literal["sensor", "process", "unclear", "quiet"]

OUT: Final = 2.0
"""So many usual spreads a gap is out of the ordinary where causes and effects both have to say so: by chance both do on
one day in a thousand."""
ALONE: Final = 4.0
"""The same where nobody else has to."""
SURE: Final = 3.0
"""So many spreads the gap has to be before the effects may clear the sensor of it."""
SIDES_WITH: Final = 0.5
"""Effects side with the causes if they tell at least this share of the gap, else with the sensor."""
TELL_AT_MOST: Final = 3.0
"""What tells of so many times the gap tells of something else as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whom the evidence is about.

    Parameters
    ----------
    ruling
        Sensor, process, unclear or quiet.
    gaps
        What each piece of evidence says.
    causes, effects
        What the causes say together, and the effects; None where none is told.
    contradiction
        Key of the cause that contradicts the others; empty where they agree.
    """

    ruling: Ruling
    gaps: tuple[Gap, ...]
    causes: Gap | None
    effects: Gap | None
    contradiction: str


def judge(evidence: Sequence[Evidence], *, matters: float) -> Finding:
    """Say whom the newest pieces are about.

    Parameters
    ----------
    evidence
        Causes and effects, on the same pieces.
    matters
        The least gap that is worth a word, in the unit of the sensor.

    Examples
    --------
    >>> from pilothouse.methods.monitor.gap import cause, effect, learnt_from
    >>> rng = np.random.default_rng(1)
    >>> true = rng.normal(900.0, 20.0, size=1_000)
    >>> shown, zone = true + rng.normal(size=1_000), true + rng.normal(size=1_000)
    >>> grain = 0.5 * true + rng.normal(size=1_000)
    >>> def says(shown, zone, grain):
    ...     rows = learnt_from(1_000)
    ...     return judge([cause("zones", shown, zone[:, None], rows),
    ...                   effect("grain", shown, grain, np.zeros((1_000, 0)), rows)], matters=5.0).ruling
    >>> drift = np.where(np.arange(1_000) >= 940, 10.0, 0.0)
    >>> says(shown, zone, grain), says(shown + drift, zone, grain), says(shown + drift, zone, grain + 0.5 * drift)
    ('quiet', 'sensor', 'process')
    """
    sides: dict[Side, list[tuple[Evidence, Gap]]] = {"cause": [], "effect": []}
    for one in evidence:
        sides[one.side].append((one, gap_now(one)))
    gaps = tuple(gap for side in sides.values() for _, gap in side)
    made, felt = together("cause", sides["cause"]), together("effect", sides["effect"])
    causes, effects = (None if one is None else gap_now(one) for one in (made, felt))
    contradiction = "" if made is None else _contradiction(sides["cause"], made, matters)
    return Finding(
        ruling=_ruling(made, causes, effects, matters, contradicted=bool(contradiction)),
        gaps=gaps,
        causes=causes,
        effects=effects,
        contradiction=contradiction,
    )


def _ruling(
    made: Evidence | None, causes: Gap | None, effects: Gap | None, matters: float, *, contradicted: bool
) -> Ruling:
    if contradicted:
        return "process"
    if made is None or causes is None or not causes.is_out(matters, OUT):
        return "process" if effects is not None and effects.is_out(matters, ALONE) else "quiet"
    if effects is None:
        return "unclear"
    # Effects are known later and asked over more pieces: compared is what the causes say of the same.
    meanwhile = gap_over(made, NEWEST_EFFECTS)
    apart, share = abs(effects.value - meanwhile), effects.value / meanwhile if meanwhile else np.nan
    told = abs(effects.value) >= OUT * effects.spread
    if SIDES_WITH <= share <= TELL_AT_MOST and told:
        return "sensor"
    sides_with_sensor = share < SIDES_WITH and apart >= OUT * effects.spread and causes.is_out(matters, SURE)
    return "process" if sides_with_sensor else "unclear"


def _contradiction(told: Sequence[tuple[Evidence, Gap]], made: Evidence, matters: float) -> str:
    """The cause that is furthest from all together, where that is further than chance and further than matters."""
    found, furthest = "", 1.0
    for one, gap in told:
        if not np.isfinite(gap.value):
            continue
        apart = gap_now(Evidence(key=one.key, side="cause", gap=one.gap - made.gap, weight=one.weight))
        beyond = abs(apart.value) / max(matters, ALONE * apart.spread, 1e-300)
        if beyond > furthest:
            found, furthest = one.key, beyond
    return found
