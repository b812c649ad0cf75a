"""`learn`: a scenario's model from the record."""

from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, Folder, ScenarioKey, Seed
from pilothouse.cli.output import progress, say, say_json
from pilothouse.clock import format_instant, parse_instant, stopwatch_s
from pilothouse.hub.hub import Hub
from pilothouse.hub.proving import until_fraction


def learn(
    folder: Folder,
    until: Annotated[str | None, typer.Option("--until", help="Learn what was known at this instant.")] = None,
    fraction: Annotated[
        float | None, typer.Option("--until-fraction", min=0.0, max=1.0, help="Learn the first share of the pieces.")
    ] = None,
    scenario: ScenarioKey = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Learn a scenario from what was known at an instant; by default from everything.

    Example: pilothouse learn lf --until-fraction 0.8
    """
    if until is not None and fraction is not None:
        raise typer.BadParameter("give --until or --until-fraction, not both")
    started_s = stopwatch_s()
    with Hub.open(folder) as hub:
        chosen = hub.scenario(scenario)
        zone = hub.workspace.plant.time_zone
        as_of_ns = hub.clock()
        if until is not None:
            as_of_ns = parse_instant(until, zone)
        if fraction is not None:
            as_of_ns = until_fraction(hub, chosen, fraction)
        with progress(f"learn {chosen.key}", quiet=as_json):
            learnt = hub.learn(chosen, as_of_ns=as_of_ns, seed=seed)
    seconds = stopwatch_s() - started_s
    if as_json:
        said = {"ok": True, "scenario": learnt.scenario, "version": learnt.version, "as_of_ns": learnt.as_of_ns}
        say_json({**said, "subjects": learnt.subjects, "seconds": round(seconds, 2)})
        return
    say(
        f"{learnt.scenario}: model {learnt.version} learnt from {learnt.subjects:,} pieces, as known on "
        f"{format_instant(learnt.as_of_ns, zone)}, in {seconds:.0f} s"
    )
