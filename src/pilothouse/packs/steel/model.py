"""What a virtual test learnt: one model at each standing, as a versioned folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pilothouse.errors import SchemaDriftError
from pilothouse.packs.steel.standing import StandingModel

SCHEMA: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VirtualTestModel:
    """A versioned model of a virtual test.

    Parameters
    ----------
    scenario
        Whose.
    version
        Changes when anything in it changes.
    declared
        Fingerprint of what was declared to be learnt.
    as_of_ns
        Nothing known later was learnt.
    pieces
        How many tested pieces it learnt from.
    standings
        By key.
    """

    scenario: str
    version: str
    declared: str
    as_of_ns: int
    pieces: int
    standings: Mapping[str, StandingModel]

    def save(self, folder: Path) -> None:
        """Write it into a new folder."""
        folder.mkdir(parents=True)
        for key, model in self.standings.items():
            model.save(folder / "standings" / key)
        head = {
            "schema": SCHEMA,
            "scenario": self.scenario,
            "version": self.version,
            "declared": self.declared,
            "as_of_ns": self.as_of_ns,
            "pieces": self.pieces,
            "standings": list(self.standings),
        }
        (folder / "model.json").write_text(json.dumps(head), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> "VirtualTestModel":
        """What :meth:`save` wrote.

        Raises
        ------
        SchemaDriftError
            If it was written by another version.
        """
        head = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if head["schema"] != SCHEMA:
            raise SchemaDriftError(
                f"model: expected schema {SCHEMA}, got {head['schema']}",
                hint="learn again, or upgrade pilothouse",
                folder=str(folder),
            )
        return VirtualTestModel(
            scenario=head["scenario"],
            version=head["version"],
            declared=head["declared"],
            as_of_ns=head["as_of_ns"],
            pieces=head["pieces"],
            standings={key: StandingModel.load(folder / "standings" / key) for key in head["standings"]},
        )
