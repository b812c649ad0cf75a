"""What a helm came to, as JSON values: authority, forecasts, people, speed, worth by part, effects."""

from collections.abc import Sequence
from dataclasses import asdict
from statistics import median

from threadpoolctl import threadpool_limits

from pilothouse.clock import format_instant
from pilothouse.decision.steering import Case
from pilothouse.decision.worth import Basis
from pilothouse.hub.helm import Helm
from pilothouse.seeds import stream


def told_of(helm: Helm, start_ns: int) -> dict[str, object]:
    """What a helm came to, as JSON values; pieces finished since an instant are told of."""
    counted = [case for case in helm.cases if case.finished_ns >= start_ns]
    steered = [case for case in counted if case.is_steered]
    skill = helm.forecasts.skill()
    return {
        "authority": helm.level,
        "climbs": [{"at": format_instant(at_ns), "to": to, "why": why} for at_ns, to, why in helm.climbs],
        "coverage": helm.forecasts.coverage(),
        "skill": None if skill is None else skill.as_json(),
        "people": helm.shift.told()
        | {"hit_rate": sum(not case.faults for case in steered) / len(steered) if steered else None},
        "advise_ms_median": 1e3 * median(helm.advise_s) if helm.advise_s else None,
        "learn_s_longest": max(helm.learn_s, default=None),
        "pieces": {"finished": len(counted), "steered": len(steered), "held_out": sum(c.is_held_out for c in counted)},
        "calendars": {name: calendar.every for name, calendar in helm.plant.calendars().items()},
        "worth_by_recipe": _by_part(helm, steered),
        "effects": [] if helm.model is None else [asdict(effect) for effect in helm.model.effects()],
    }


def _by_part(helm: Helm, steered: Sequence[Case]) -> dict[str, object]:
    """What each part of the steering was worth by the model, EUR/t; nothing where nothing was steered."""
    if helm.model is None or not steered:
        return {}
    with threadpool_limits(limits=1):
        parts = helm.steering.worth_by_part(helm.model, steered, stream(helm.seed, "worth"))
    basis = str(Basis.MODEL_BASED)
    return {
        part: {"value": value, "low": low, "high": high, "basis": basis} for part, (value, low, high) in parts.items()
    }
