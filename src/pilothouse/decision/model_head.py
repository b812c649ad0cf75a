"""The head of a saved model: whose it is, which version, and what it learnt from; in every model's folder alike.

A model is a folder with ``model.json`` in it. What is a scenario's own stands beside the head in the same file, or in
files of its own.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from pilothouse.errors import SchemaDriftError

FILE: Final = "model.json"
FIELDS: Final = ("scenario", "version", "declared", "as_of_ns", "pieces")
"""Of every head; ``declared`` is the fingerprint of what was declared to be learnt."""


class Headed(Protocol):
    """A model with a head; see :class:`pilothouse.decision.scenario.Model`."""

    @property
    def scenario(self) -> str:
        """Whose."""
        ...

    @property
    def version(self) -> str:
        """Changes when anything in it changes."""
        ...

    @property
    def declared(self) -> str:
        """Fingerprint of what was declared to be learnt."""
        ...

    @property
    def as_of_ns(self) -> int:
        """Nothing known later was learnt."""
        ...

    @property
    def pieces(self) -> int:
        """From how many it learnt."""
        ...


def save_head(folder: Path, schema: int, model: Headed, own: Mapping[str, object]) -> None:
    """Write a model's head and what is its own into its folder.

    Parameters
    ----------
    folder
        That exists.
    schema
        Of the layout; a model of another is not read.
    model, own
        The model, and what its scenario keeps beside the head, in JSON values.
    """
    head = {name: getattr(model, name) for name in FIELDS}
    text = json.dumps({"schema": schema, **head, **own}, allow_nan=False)
    (folder / FILE).write_text(text, encoding="utf-8")


def load_head(folder: Path, schema: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The head of a saved model by field, and what is its own.

    Raises
    ------
    SchemaDriftError
        If it was written in another layout.
    """
    content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    found = content.pop("schema")
    if found != schema:
        raise SchemaDriftError(
            f"model: expected schema {schema}, got {found}",
            hint="learn again, or upgrade pilothouse",
            folder=str(folder),
        )
    return {name: content.pop(name) for name in FIELDS}, content
