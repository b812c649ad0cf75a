"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The plant folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Say it as JSON.")]
ScenarioKey = Annotated[str | None, typer.Option("--scenario", help="Which scenario; needless where there is one.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Root seed of everything drawn.")]
ComputeSetting = Annotated[
    str | None,
    typer.Option("--compute", help="Where work is done: local, local:4 or dask://host:port; else as [hub] says."),
]
