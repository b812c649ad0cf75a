"""`demo`: the hub on a plant that does not exist, on any machine, in a minute or two.

A plant whose folder declares a scenario shows the whole loop, from its files to a proposal; a plant that can be watched
second by second shows the hub beside it.
"""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from pilothouse.cli.deciding import proposal_json, show_proposal
from pilothouse.cli.options import AsJson, Seed
from pilothouse.cli.output import progress, say, say_json
from pilothouse.cli.proving import prove_and_report, show
from pilothouse.cli.via import serve_via
from pilothouse.cli.watching import Watched, watch_plant
from pilothouse.clock import stopwatch_s
from pilothouse.decision.scenario import Question, Scenario
from pilothouse.errors import ConfigError
from pilothouse.hub.deciding import Shown, advise, moment
from pilothouse.hub.hub import Hub
from pilothouse.hub.plots import picture
from pilothouse.hub.proving import Proof, figures, until_fraction
from pilothouse.hub.proving_ground import FILES, asks_questions, family, raise_plant
from pilothouse.plants import PlantFamily

FAMILY = "silicon-mill"
MARK = ".pilothouse-demo"
"""Only a folder with this file in it is replaced."""
FRACTION = 0.8
LOOKED_AT = 10
"""How many heats are asked about until one has a proposal."""


def demo(  # noqa: PLR0913, PLR0917 - each is an option
    plant: Annotated[str, typer.Argument(metavar="FAMILY", help="Which family of plants.")] = FAMILY,
    folder: Annotated[Path, typer.Option("--dir", help="Where; a folder of an earlier demo is replaced.")] = Path(
        "pilothouse-demo"
    ),
    pieces: Annotated[int, typer.Option("--pieces", min=300, help="How many pieces are made before.")] = 1500,
    plant_variation: Annotated[int, typer.Option("--plant-variation", min=0, help="Which plant of the family.")] = 0,
    watch: Annotated[int, typer.Option("--watch", min=1, help="Seconds for which a live plant is watched.")] = 20,
    speed: Annotated[int, typer.Option("--speed", min=1, help="Seconds of a live plant in one of ours.")] = 60,
    disturb: Annotated[
        list[str] | None, typer.Option("--disturb", help="A disturbance of a live plant, by name; may be repeated.")
    ] = None,
    via: Annotated[
        str, typer.Option("--via", metavar="PROTOCOL", help="Put a live plant behind opcua or sparkplug.")
    ] = "",
    seed: Seed = 1,
    headless: Annotated[
        bool, typer.Option("--headless", help="End by itself; open nothing, wait for nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the hub on a plant that does not exist: beside a running silicon-steel mill, or on a ladle furnace.

    The mill is watched live with all its parameters, in the same process or, with --via, over a real protocol;
    `pilothouse demo ladle-furnace` shows the whole loop: import, learn, advise, prove.

    Example: pilothouse demo --headless
    """
    chosen = family(plant)
    make_room(folder)
    if asks_questions(chosen) and not via:
        _loop(chosen, folder, pieces, (seed, plant_variation), headless=headless, as_json=as_json)
        return
    watched = Watched(
        family=chosen,
        folder=folder,
        pieces=pieces,
        seed=seed,
        plant_variation=plant_variation,
        seconds=watch,
        speed=speed,
        disturbances=tuple(disturb or ()),
    )
    if via:
        serve_via(via, watched, as_json=as_json)
    else:
        watch_plant(watched, wait=not headless, as_json=as_json)


def _loop(
    chosen: PlantFamily, folder: Path, pieces: int, which: tuple[int, int], *, headless: bool, as_json: bool
) -> None:
    """The whole loop: import, learn, advise, prove."""
    started_s = stopwatch_s()
    seed, plant_variation = which
    with progress(f"1 the plant makes {pieces} pieces", quiet=as_json) as step:
        raise_plant(
            chosen, folder, seed=seed, plant_variation=plant_variation, practice="", pieces=pieces, progress=step
        )
    with Hub.open(folder) as hub:
        with progress("2 import its files", quiet=as_json) as step:
            report = hub.import_files(folder / FILES, lambda _mapping, done, total: step(done, total))
        scenario = hub.scenario()
        with progress("3 learn the first four fifths", quiet=as_json):
            hub.learn(scenario, as_of_ns=until_fraction(hub, scenario, FRACTION), seed=seed)
        proof, page, standing = prove_and_report(
            hub, None, fraction=FRACTION, every=max(pieces // 10, 1), seed=seed, quiet=as_json
        )
        with progress("4 advise on a piece", quiet=as_json):
            shown = _advise(hub, scenario, proof, seed)
        worth, zone = scenario.worth(shown.proposal), hub.workspace.plant.time_zone
    drawn = folder / "reports" / "demo.png"
    picture(proof, drawn)
    seconds = stopwatch_s() - started_s
    if as_json:
        said = figures(proof) | {"seconds": round(seconds, 2), "observations": report.new, "authority": standing}
        say_json(said | {"advice": proposal_json(shown, worth), "report": str(page), "picture": str(drawn)})
        return
    show(proof)
    say("")
    show_proposal(shown, worth, zone)
    say(f"\npicture  {drawn}\nreport   {page}\nnext     pilothouse advise {folder} {shown.proposal.subject} --as-of 3")
    if not headless:
        typer.launch(str(page))


def _advise(hub: Hub, scenario: Scenario, proof: Proof, seed: int) -> Shown:
    """A proposal for the latest judged heat that has one as it stood at its second measurement, else for the latest."""
    latest = proof.tasks["at_arrival"].judged.subject[-LOOKED_AT:]
    for heat in reversed(latest):
        shown = advise(hub, scenario, Question(subject=heat), as_of_ns=moment(hub, scenario, heat, "2"), seed=seed)
        if shown.proposal.change is not None:
            return shown
    return shown


def make_room(folder: Path) -> None:
    """Replace the folder of an earlier demo, and nothing else."""
    is_taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if is_taken and not (folder / MARK).is_file():
        raise ConfigError(f"{folder}: it holds something else than an earlier demo", hint="choose another with --dir")
    if is_taken:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("This folder was made by `pilothouse demo`; the next demo replaces it.\n")
