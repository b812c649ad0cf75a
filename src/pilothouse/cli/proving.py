"""`prove`: forward in time on the record, our figures beside the peers'."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer

from pilothouse.cli.against import Asked, prove_against
from pilothouse.cli.options import AsJson, ComputeSetting, ScenarioKey, Seed
from pilothouse.cli.output import number, progress, say, say_json, table
from pilothouse.clock import NS_PER_DAY, format_instant, stopwatch_s
from pilothouse.decision.event import EventDraft
from pilothouse.hub.against import WARM_UP_D
from pilothouse.hub.deciding import weigh
from pilothouse.hub.hub import Hub
from pilothouse.hub.proving import BLOCK, NOMINAL, Proof, evidence, figures, prove
from pilothouse.hub.proving_ground import (
    FILES,
    asks_questions,
    build_plant,
    family,
    run_months,
    run_pieces,
    write_workspace,
)
from pilothouse.hub.report import write_report
from pilothouse.hub.workspace import open_workspace
from pilothouse.plants import PlantFamily, ProvingPlant
from pilothouse.units import difference_unit


def prove_target(  # noqa: PLR0913, PLR0917 - each is an option
    target: Annotated[str, typer.Argument(metavar="DIR|FAMILY", help="A plant folder, or a family of plants.")],
    fraction: Annotated[
        float, typer.Option("--from-fraction", min=0.0, max=1.0, help="Judge the pieces after this share of them.")
    ] = 0.8,
    every: Annotated[int, typer.Option("--every", min=1, help="Learn again after so many pieces.")] = BLOCK,
    pieces: Annotated[int, typer.Option("--pieces", min=100, help="Pieces made by a plant family.")] = 2000,
    months: Annotated[
        float | None, typer.Option("--months", min=0.1, help="Let a plant family run so long, whatever it makes.")
    ] = None,
    plant_variation: Annotated[int, typer.Option("--plant-variation", min=0, help="Which plant of a family.")] = 0,
    practice: Annotated[str, typer.Option("--practice", help="How a family's plant is run.")] = "",
    scenario: ScenarioKey = None,
    pack: Annotated[str, typer.Option("--pack", help="Let a pack steer plants of a family, beside practices.")] = "",
    against: Annotated[str, typer.Option("--against", help="Practices a pack is compared with.")] = "usual,recentred",
    seeds: Annotated[str, typer.Option("--seeds", help="With a pack: how many, or which (7,19,23).")] = "5",
    plant_variations: Annotated[
        str, typer.Option("--plant-variations", help="With a pack: how many plants, or which.")
    ] = "5",
    warm_up_d: Annotated[
        float, typer.Option("--warm-up-days", min=1.0, help="With a pack: so long before anything is counted.")
    ] = WARM_UP_D,
    shuffled: Annotated[
        bool, typer.Option("--shuffle-results", help="With a pack: feed its models shuffled results.")
    ] = False,
    disturbances: Annotated[
        list[str] | None, typer.Option("--disturb", help="With a pack: switch on when the counting begins.")
    ] = None,
    learns_from: Annotated[
        str, typer.Option("--learn-from", help="With a pack: trials, or the practice's history alone.")
    ] = "trials",
    ledgers: Annotated[
        Path | None, typer.Option("--ledgers", help="With a pack: a folder in which every decision is kept.")
    ] = None,
    compute: ComputeSetting = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Prove a scenario forward in time: learn on the past, judge on the next block, roll on.

    A family of plants is run first, and what it came to under its practice is told too; where its folder declares no
    scenario, that is all. With --pack the pack steers drawn plants of the family, each run again under the practices.

    Example: pilothouse prove lf --from-fraction 0.8 --json
    """
    if pack:
        asked = Asked(
            family=target,
            pack=pack,
            against=against,
            seeds=seeds,
            plant_variations=plant_variations,
            months=months,
            warm_up_d=warm_up_d,
            shuffled=shuffled,
            disturbances=tuple(disturbances or ()),
            learns_from=learns_from,
            ledgers=ledgers,
            compute=compute or "",
        )
        prove_against(asked, as_json=as_json)
        return
    if compute is not None:
        raise typer.BadParameter("--compute is for --pack; each model of a proof follows the one before")
    root, ground = Path(target), None
    if not root.is_dir():
        chosen = family(target)
        ground = _run(chosen, (seed, plant_variation, practice), pieces, months, quiet=as_json)
        if not asks_questions(chosen):
            tell_plant(chosen, ground, as_json=as_json)
            return
        root = Path(mkdtemp(prefix=f"pilothouse-{target}-"))
        write_workspace(chosen, ground.plant, root)
    with Hub.open(root, beside=True) as hub:
        if ground is not None:
            hub.import_files(root / FILES)
        proof, report, standing = prove_and_report(
            hub, scenario, fraction=fraction, every=every, seed=seed, quiet=as_json
        )
    if as_json:
        said = figures(proof) | {"report": str(report), "authority": standing}
        if ground is not None:
            said["plant"] = {name: figure.as_json() for name, figure in ground.plant.figures().items()}
        say_json(said)
        return
    show(proof)
    say(f"authority of {proof.scenario}: {standing}. Report: {report}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A plant of a family that has run: which one, from when to when, and how long that took."""

    plant: ProvingPlant
    seed: int
    plant_variation: int
    practice: str
    first_ns: int
    last_ns: int
    seconds: float


def _run(chosen: PlantFamily, which: tuple[int, int, str], pieces: int, months: float | None, *, quiet: bool) -> Ground:
    started_s = stopwatch_s()
    seed, plant_variation, practice = which
    plant = build_plant(chosen, seed=seed, plant_variation=plant_variation, practice=practice)
    first_ns = plant.now_ns
    with progress(f"run {months:g} months" if months else f"make {pieces} pieces", quiet=quiet) as step:
        if months:
            run_months(plant, months, step)
        else:
            run_pieces(plant, pieces, step)
    return Ground(
        plant=plant,
        seed=seed,
        plant_variation=plant_variation,
        practice=practice or chosen.practices[0],
        first_ns=first_ns,
        last_ns=plant.now_ns,
        seconds=stopwatch_s() - started_s,
    )


def tell_plant(chosen: PlantFamily, ground: Ground, *, as_json: bool) -> None:
    """What a plant came to under its practice."""
    told = ground.plant.figures()
    declared = len(open_workspace(chosen.folder).plant.parameters)
    if as_json:
        said: dict[str, object] = {
            "plant": chosen.key,
            "practice": ground.practice,
            "seed": ground.seed,
            "plant_variation": ground.plant_variation,
            "from": format_instant(ground.first_ns),
            "to": format_instant(ground.last_ns),
            "parameters": declared,
        }
        say_json(said | {name: figure.as_json() for name, figure in told.items()} | {"seconds": ground.seconds})
        return
    days = (ground.last_ns - ground.first_ns) / NS_PER_DAY
    title = f"{chosen.title}, {ground.practice} practice, {days:.0f} days, {declared:,} parameters"
    table(title, ("", ">", "unit"), [(name, number(f.value, f.value), f.unit) for name, f in told.items()])
    for name, figure in told.items():
        for part, values in figure.by.items():
            rows = [(key, number(value, value)) for key, value in values.items()]
            table(f"{name} by {part.replace('_', ' ')}, {figure.unit}", ("", ">"), rows)


def prove_and_report(
    hub: Hub, scenario: str | None, *, fraction: float, every: int, seed: int, quiet: bool
) -> tuple[Proof, Path, str]:
    """Prove, write the figures into the ledger, weigh the scenario's authority, and write the report."""
    chosen = hub.scenario(scenario)
    with progress(f"prove {chosen.key}", quiet=quiet) as step:
        proof = prove(hub, chosen, from_fraction=fraction, seed=seed, every=every, progress=step)
    now_ns = hub.clock()
    payload = {**figures(proof), "models": list(proof.models), "subjects": proof.subjects}
    hub.ledger.append([EventDraft(at_ns=now_ns, kind="proved", subject=chosen.key, actor="hub", payload=payload)])
    standing = weigh(hub, chosen.key, evidence(proof))
    plant = hub.workspace.plant
    report = write_report(
        proof, hub.workspace.reports, plant_name=plant.name, time_zone=plant.time_zone, written_ns=now_ns
    )
    return proof, report, standing


def show(proof: Proof) -> None:
    """The figures for people."""
    for key, task in proof.tasks.items():
        unit = difference_unit(task.judged.unit)
        score = task.score
        rows = [("Pilothouse", f"{score.mae:.2f}" if score.mae is not None else "-", "")]
        rows += [
            (
                name,
                f"{peer.mae:.2f}",
                f"{peer.difference.value:+.2f} ({peer.difference.low:+.2f} to {peer.difference.high:+.2f})",
            )
            for name, peer in sorted(task.peers.items(), key=lambda item: item[1].mae)
        ]
        table(f"{key}: {score.judged:,} forecasts", ("", f"mean error {unit}>", "ours less theirs, 95 %>"), rows)
        if score.coverage is None or score.mean_width is None:
            say("  every question was abstained from")
            continue
        hit = "" if score.hit_rate is None else f"within ±{score.tolerance:g} {unit}: {score.hit_rate:.1%}; "
        needed = {"plain LightGBM": task.lightgbm_width, "on the change": task.change_width}
        told = ", ".join(f"{name} {width:.1f}" for name, width in needed.items() if width is not None)
        needs = f" (needed by {told})" if told else ""
        fifths = " ".join(f"{part.empirical.value:.0%}" for part in task.in_time if part.empirical)
        say(
            f"  {hit}{NOMINAL:.0%} interval holds {score.coverage:.1%} (by fifths {fifths}), "
            f"mean width {score.mean_width:.1f} {unit}{needs}; "
            f"abstained {score.abstained:.1%}"
        )
        if task.chance is not None:
            stated, came = task.chance
            say(f"  chance of landing, if nobody corrects later: {stated:.0%} said; {came:.0%} came, where people did")
        for drift in task.judged.drift:
            say(f"  {drift}", "yellow")
    say(f"{proof.subjects:,} pieces, each judged by a model that had not seen it, in {proof.seconds:.0f} s")
