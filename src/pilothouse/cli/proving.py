"""`prove`: forward in time on the record, our figures beside the peers'."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer

from pilothouse.cli.options import AsJson, ScenarioKey, Seed
from pilothouse.cli.output import progress, say, say_json, table
from pilothouse.decision.event import EventDraft
from pilothouse.hub.deciding import weigh
from pilothouse.hub.hub import Hub
from pilothouse.hub.proving import BLOCK, NOMINAL, Proof, evidence, figures, prove
from pilothouse.hub.proving_ground import FILES, family, raise_plant
from pilothouse.hub.report import write_report
from pilothouse.units import difference_unit


def prove_target(  # noqa: PLR0913, PLR0917 - each is an option
    target: Annotated[str, typer.Argument(metavar="DIR|FAMILY", help="A plant folder, or a family of plants.")],
    fraction: Annotated[
        float, typer.Option("--from-fraction", min=0.0, max=1.0, help="Judge the pieces after this share of them.")
    ] = 0.8,
    every: Annotated[int, typer.Option("--every", min=1, help="Learn again after so many pieces.")] = BLOCK,
    pieces: Annotated[int, typer.Option("--pieces", min=100, help="Pieces made by a plant family.")] = 2000,
    plant_variation: Annotated[int, typer.Option("--plant-variation", min=0, help="Which plant of a family.")] = 0,
    practice: Annotated[str, typer.Option("--practice", help="How a family's plant is run.")] = "",
    scenario: ScenarioKey = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Prove a scenario forward in time: learn on the past, judge on the next block, roll on.

    Example: pilothouse prove lf --from-fraction 0.8 --json
    """
    root, ground = Path(target), None
    if not root.is_dir():
        chosen = family(target)
        root = Path(mkdtemp(prefix=f"pilothouse-{target}-"))
        with progress(f"make {pieces} pieces", quiet=as_json) as step:
            ground = raise_plant(
                chosen,
                root,
                seed=seed,
                plant_variation=plant_variation,
                practice=practice,
                pieces=pieces,
                progress=step,
            )
    with Hub.open(root) as hub:
        if ground is not None:
            hub.import_files(root / FILES)
        proof, report, standing = prove_and_report(
            hub, scenario, fraction=fraction, every=every, seed=seed, quiet=as_json
        )
    if as_json:
        said = figures(proof) | {"report": str(report), "authority": standing}
        if ground is not None:
            said["plant"] = {name: {"value": f.value, "unit": f.unit} for name, f in ground.items()}
        say_json(said)
        return
    show(proof)
    say(f"authority of {proof.scenario}: {standing}. Report: {report}")


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
