"""`learn`: models from the record, of one scenario or of all."""

from collections.abc import Sequence
from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, ComputeSetting, Folder, ScenarioKey, Seed
from pilothouse.cli.output import error_json, progress, say, say_json
from pilothouse.clock import format_instant, parse_instant, stopwatch_s
from pilothouse.compute.setting import compute_of
from pilothouse.hub.hub import Hub, Learnt
from pilothouse.hub.learning import Lesson, learn_many
from pilothouse.hub.proving import until_fraction


def learn(  # noqa: PLR0913, PLR0917 - each is an option
    folder: Folder,
    until: Annotated[str | None, typer.Option("--until", help="Learn what was known at this instant.")] = None,
    fraction: Annotated[
        float | None, typer.Option("--until-fraction", min=0.0, max=1.0, help="Learn the first share of the pieces.")
    ] = None,
    scenario: ScenarioKey = None,
    every_one: Annotated[bool, typer.Option("--all", help="Learn every scenario of the plant.")] = False,
    compute: ComputeSetting = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Learn a scenario from what was known at an instant; by default from everything.

    With --all every scenario is learnt, several at once, and one that cannot be learnt keeps no other from it.

    Example: pilothouse learn lf --until-fraction 0.8
    """
    if until is not None and fraction is not None:
        raise typer.BadParameter("give --until or --until-fraction, not both")
    if every_one and scenario is not None:
        raise typer.BadParameter("give --all or --scenario, not both")
    if compute is not None and not every_one:
        raise typer.BadParameter("--compute is for --all; one scenario is learnt where the command runs")
    started_s = stopwatch_s()
    with Hub.open(folder, beside=True) as hub:
        zone = hub.workspace.plant.time_zone
        as_of_ns = hub.clock() if until is None else parse_instant(until, zone)
        if every_one:
            setting = hub.workspace.settings.compute if compute is None else compute
            lessons = _learn_all(hub, setting, as_of_ns, fraction, seed, quiet=as_json)
        else:
            chosen = hub.scenario(scenario)
            if fraction is not None:
                as_of_ns = until_fraction(hub, chosen, fraction)
            with progress(f"learn {chosen.key}", quiet=as_json):
                learnt = hub.learn(chosen, as_of_ns=as_of_ns, seed=seed)
    seconds = stopwatch_s() - started_s
    if every_one:
        _tell_all(lessons, zone, seconds, as_json=as_json)
    elif as_json:
        say_json({"ok": True, **_as_json(learnt), "seconds": round(seconds, 2)})
    else:
        say(f"{_in_words(learnt, zone)}, in {seconds:.0f} s")


def _learn_all(
    hub: Hub, setting: str, as_of_ns: int, fraction: float | None, seed: int, *, quiet: bool
) -> list[Lesson]:
    scenarios = hub.workspace.scenarios
    lessons: list[Lesson] = []
    with compute_of(setting) as compute, progress(f"learn {len(scenarios)} scenarios", quiet=quiet) as step:
        for lesson in learn_many(hub, compute, scenarios, as_of_ns=as_of_ns, fraction=fraction, seed=seed):
            lessons.append(lesson)
            step(len(lessons), len(scenarios))
    return lessons


def _tell_all(lessons: Sequence[Lesson], zone: str, seconds: float, *, as_json: bool) -> None:
    """What came of each; ends with the exit code of the first that was not learnt."""
    failed = [(lesson.scenario, lesson.error) for lesson in lessons if lesson.error is not None]
    learnt = [lesson.learnt for lesson in lessons if lesson.learnt is not None]
    if as_json:
        said = {
            "ok": not failed,
            "learnt": [_as_json(one) for one in learnt],
            "failed": [{"scenario": scenario, **error_json(error)} for scenario, error in failed],
            "seconds": round(seconds, 2),
        }
        say_json(said)
    else:
        for lesson in lessons:
            if lesson.learnt is not None:
                say(_in_words(lesson.learnt, zone))
            elif lesson.error is not None:
                say(f"{lesson.scenario}: {lesson.error}", "red")
            else:
                say(f"{lesson.scenario}: rules or search, it learns nothing")
        say(f"{len(learnt)} of {len(lessons)} scenarios learnt, in {seconds:.0f} s")
    if failed:
        raise typer.Exit(failed[0][1].exit_code)


def _as_json(learnt: Learnt) -> dict[str, object]:
    return {
        "scenario": learnt.scenario,
        "version": learnt.version,
        "as_of_ns": learnt.as_of_ns,
        "subjects": learnt.subjects,
    }


def _in_words(learnt: Learnt, zone: str) -> str:
    known = format_instant(learnt.as_of_ns, zone)
    return f"{learnt.scenario}: model {learnt.version} learnt from {learnt.subjects:,} pieces, as known on {known}"
