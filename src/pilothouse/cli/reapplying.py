"""`reapply`: which order each finished piece of a plant that does not exist should serve, move by move, in money."""

from dataclasses import asdict
from typing import Annotated, Final

import typer

from pilothouse.cli.options import AsJson, Seed
from pilothouse.cli.output import progress, say, say_json, table
from pilothouse.clock import format_instant
from pilothouse.errors import ConfigError
from pilothouse.hub.proving_ground import build_plant, family
from pilothouse.hub.reapplying import Moved, run_days
from pilothouse.hub.workspace import open_workspace

PARTS: Final = ("price", "lateness", "stock", "claims", "others")
"""What a move is explained by; they add up to its gain."""


def reapply(  # noqa: PLR0913, PLR0917 - each is an option
    target: Annotated[str, typer.Argument(metavar="FAMILY", help="A family of plants.")],
    days: Annotated[float, typer.Option("--days", min=1.0, help="How long the plant runs.")] = 60.0,
    plant_variation: Annotated[int, typer.Option("--plant-variation", min=0, help="Which plant of a family.")] = 0,
    practice: Annotated[str, typer.Option("--practice", help="How the plant is run.")] = "",
    newest: Annotated[int, typer.Option("--newest", min=1, help="List so many of the moves.")] = 20,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Say which order each finished piece should serve instead of the usual one, and why, in money.

    A plant of the family runs; after each test the piece is weighed in every open order, and once a day all that lies
    in stock. What a move is said to gain is reckoned beforehand; docs/results.md says what was measured.

    Example: pilothouse reapply silicon-mill --days 60
    """
    chosen = family(target)
    workspace = open_workspace(chosen.folder)
    if not workspace.reapplications:
        raise ConfigError(
            f"plant family {chosen.key}: expected at least one [[reapplication]] in its plant.toml, got none",
            hint="declare one as docs/reference/plant-toml.md says",
        )
    plant = build_plant(chosen, seed=seed, plant_variation=plant_variation, practice=practice)
    with progress(f"run {chosen.title} for {days:g} days", quiet=as_json) as step:
        at_work = run_days(plant, workspace.reapplications, days, step)
    currency = workspace.plant.currency
    done = [made for made in at_work.moves if not made.refused]
    if as_json:
        say_json(
            {
                "family": chosen.key,
                "currency": currency,
                "days": days,
                "weighed": len(at_work.place_s),
                "moved": len(done),
                "reckoned": sum(made.move.gain for made in done),
                "moves": [_as_json(made, currency) for made in at_work.moves],
            }
        )
        return
    columns = ("", "piece", "to", "instead of", *(f"{part}>" for part in PARTS[:-1]), "other pieces>", f"{currency}>")
    rows = [_row(made) for made in done[-newest:]]
    table(f"Newest {len(rows)} of {len(done)} moves, each with what it is worth in {currency}", columns, rows)
    say(f"{len(at_work.place_s):,} finished pieces were weighed, {len(done):,} moves made, all this in {days:g} days")
    say(f"reckoned beforehand: {sum(made.move.gain for made in done):+,.0f} {currency}; that is not what was measured")
    for made in at_work.moves:
        if made.refused:
            say(f"refused: {made.move.as_text(currency)}: {made.refused}")


def _row(made: Moved) -> tuple[str, ...]:
    move = made.move
    instead = f"{move.instead_of or 'stock'} ({move.was_kind})"
    parts = (f"{getattr(move, part):+,.0f}" for part in PARTS)
    return format_instant(made.at_ns), move.piece, f"{move.order} ({move.kind})", instead, *parts, f"{move.gain:+,.0f}"


def _as_json(made: Moved, currency: str) -> dict[str, object]:
    said = {"at": format_instant(made.at_ns), **asdict(made.move), "gain": made.move.gain, "refused": made.refused}
    return said | {"says": made.move.as_text(currency)}
