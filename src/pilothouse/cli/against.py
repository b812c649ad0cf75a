"""`prove FAMILY --pack`: a pack at the helm of drawn plants, beside practices on the same draws."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pilothouse.cli.output import number, progress, say, say_json, table
from pilothouse.clock import stopwatch_s
from pilothouse.compute.setting import compute_of
from pilothouse.errors import ConfigError, use_known
from pilothouse.hub.against import Course, Draw, Ran, run_all, steering_of
from pilothouse.hub.comparison import PACK, Change, Shown, against, worth_of
from pilothouse.hub.proving_ground import family

AGREEMENT: Final = {
    True: "the two agree within their intervals",
    False: "the two do not agree within their intervals",
    None: "too few batches were steered or held out to tell it both ways",
}

MONTHS: Final = 3.0
"""That are counted, where nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of `prove FAMILY --pack`.

    Parameters
    ----------
    family, pack, against
        Keys; ``against`` with commas.
    seeds, plant_variations
        A count or a list.
    months
        That are counted; None for the usual three.
    warm_up_d
        Days before.
    shuffled
        Whether the pack's models are fed shuffled results.
    disturbances
        Switched on when the counting begins.
    learns_from
        ``trials``, or ``history`` alone.
    ledgers
        Folder of the ledgers; None to keep none.
    compute
        Where the runs are made.
    """

    family: str
    pack: str
    against: str
    seeds: str
    plant_variations: str
    months: float | None
    warm_up_d: float
    shuffled: bool
    disturbances: tuple[str, ...]
    learns_from: str
    ledgers: Path | None
    compute: str = ""


def numbers(text: str, option: str, first: int) -> tuple[int, ...]:
    """A count (that many from ``first`` on) or a list with commas.

    Raises
    ------
    ConfigError
        For anything else.

    Examples
    --------
    >>> numbers("3", "--seeds", 1), numbers("7,19,23", "--seeds", 1), numbers("7,", "--seeds", 1)
    ((1, 2, 3), (7, 19, 23), (7,))
    """
    if re.fullmatch(r"[1-9]\d{0,3}", text):
        return tuple(range(first, first + int(text)))
    if not re.fullmatch(r"\d+(,\d+)*,?", text) or "," not in text:
        problem = f"{option}: expected a count or a list such as 7,19,23, got {text!r}"
        raise ConfigError(problem, hint="a list of one number ends with a comma: 0,")
    found = tuple(int(part) for part in text.split(",") if part)
    if len(set(found)) < len(found):
        raise ConfigError(f"{option}: one number stands twice in {text}", hint="give each once")
    return found


def _from_trials(learns_from: str) -> bool:
    known = ("trials", "history")
    if learns_from not in known:
        problem = f"--learn-from: expected trials or history, got {learns_from!r}"
        raise ConfigError(problem, hint=use_known(learns_from, known))
    return learns_from == "trials"


def prove_against(asked: Asked, *, as_json: bool) -> None:
    """Run every draw under the pack and under the practices, and tell what changed."""
    chosen = family(asked.family)
    practices = tuple(dict.fromkeys(asked.against.split(",")))
    for practice in practices:
        if practice not in chosen.practices:
            raise ConfigError(
                f"plant family {chosen.key} has no practice {practice!r}", hint=use_known(practice, chosen.practices)
            )
    steering = steering_of(chosen.key, asked.pack)
    seeds = numbers(asked.seeds, "--seeds", 1)
    variations = numbers(asked.plant_variations, "--plant-variations", 0)
    draws = [Draw(seed=seed, plant_variation=variation) for variation in variations for seed in seeds]
    course = Course(
        family=chosen.key,
        pack=asked.pack,
        practices=practices,
        months=asked.months or MONTHS,
        warm_up_d=asked.warm_up_d,
        shuffled=asked.shuffled,
        disturbances=asked.disturbances,
        learns_from_trials=_from_trials(asked.learns_from),
        ledgers=None if asked.ledgers is None else asked.ledgers.resolve(),
    )
    started_s = stopwatch_s()
    runs: dict[tuple[Draw, str], Ran] = {}
    with compute_of(asked.compute) as compute, progress(f"run {len(draws)} plants", quiet=as_json) as step:
        for draw, practice, ran in run_all(course, draws, compute):
            runs[draw, practice] = ran
            step(len(runs), len(draws) * (1 + len(practices)))
    changes = {practice: against(runs, draws, practice) for practice in practices}
    usual = chosen.practices[0]
    worths = [worth_of([(runs[draw, PACK], runs[draw, usual])]) for draw in draws] if usual in practices else []
    total = worth_of([(runs[draw, PACK], runs[draw, usual]) for draw in draws]) if worths else None
    if as_json:
        say_json(_said(course, draws, runs, changes, (worths, total)) | {"seconds": stopwatch_s() - started_s})
        return
    _show(steering.title, course, draws, changes)
    _show_helm(draws, runs, worths, total)


def _said(
    course: Course,
    draws: list[Draw],
    runs: dict[tuple[Draw, str], Ran],
    changes: dict[str, dict[str, Change]],
    worths: tuple[list[Shown], Shown | None],
) -> dict[str, object]:
    per_draw, total = worths
    return {
        "family": course.family,
        "pack": course.pack,
        "months": course.months,
        "warm_up_days": course.warm_up_d,
        "shuffled": course.shuffled,
        "learns_from": "trials" if course.learns_from_trials else "history",
        "disturbances": list(course.disturbances),
        "draws": [{"seed": draw.seed, "plant_variation": draw.plant_variation} for draw in draws],
        "against": {
            practice: {name: change.as_json() for name, change in found.items()} for practice, found in changes.items()
        },
        "figures": {
            practice or course.pack: [
                {name: figure.as_json() for name, figure in runs[draw, practice].figures.items()} for draw in draws
            ]
            for practice in (PACK, *course.practices)
        },
        "worth": None if total is None else total.as_json() | {"per_draw": [shown.as_json() for shown in per_draw]},
        "helm": [runs[draw, PACK].said for draw in draws],
    }


def _show(title: str, course: Course, draws: list[Draw], changes: dict[str, dict[str, Change]]) -> None:
    plants = "1 plant" if len(draws) == 1 else f"{len(draws)} plants"
    say(
        f"{title} at the helm of {plants} of {course.family} for {course.months:g} months, "
        f"after {course.warm_up_d:g} days of watching, trying and earning authority"
    )
    for practice, found in changes.items():
        rows = [(name, *_words(change)) for name, change in found.items()]
        columns = ("", "change, %>", "95 % over draws>", "least>", "greatest>")
        table(f"Change against {practice} practice", columns, rows)


def _words(change: Change) -> tuple[str, str, str, str]:
    interval = "one draw" if change.low is None else f"{change.low:+.1f} to {change.high:+.1f}"
    return f"{change.value:+.1f}", interval, f"{min(change.per_draw):+.1f}", f"{max(change.per_draw):+.1f}"


def _show_helm(draws: list[Draw], runs: dict[tuple[Draw, str], Ran], worths: list[Shown], total: Shown | None) -> None:
    rows = []
    for place, draw in enumerate(draws):
        said = runs[draw, PACK].said
        people = said["people"]
        assert isinstance(people, dict)  # as the helm tells it
        shown = worths[place] if worths else None
        rows.append(
            (
                f"{draw.seed}",
                f"{draw.plant_variation}",
                str(said["authority"]),
                _share(people["adoption"]),
                _share(people["hit_rate"]),
                "-" if shown is None or shown.paired is None else f"{shown.paired.value:+.1f}",
                "-" if shown is None or shown.held_out is None else f"{shown.held_out.value:+.1f}",
                "-" if shown is None else shown.verdict,
            )
        )
    columns = ("seed>", "plant>", "authority", "adoption>", "hit rate>", "paired EUR/t>", "held out EUR/t>", "worth")
    table("The helm, draw by draw", columns, rows)
    if total is not None:
        for name, interval in (("paired runs", total.paired), ("batches held out by chance", total.held_out)):
            if interval is not None:
                low, high = number(interval.low, 10.0), number(interval.high, 10.0)
                say(f"worth by {name}: {interval.value:+.1f} EUR/t ({low} to {high}, {interval.n:,} batches)")
        say(f"worth {total.verdict}; {AGREEMENT[total.agree]}")
    watching = sum(runs[draw, PACK].said["authority"] == "observe" for draw in draws)
    if watching:
        say(f"{watching} of {len(draws)} end at observe: there its forecasts showed no skill yet, or lost it")


def _share(value: object) -> str:
    return f"{value:.1%}" if isinstance(value, float) else "-"
