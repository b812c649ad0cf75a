"""What a virtual test learnt: one model at each standing, as a versioned folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pilothouse.decision.model_head import load_head, save_head
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
        own = {
            "standings": list(self.standings),
        }
        save_head(folder, SCHEMA, self, own)

    @staticmethod
    def load(folder: Path) -> "VirtualTestModel":
        """What :meth:`save` wrote.

        Raises
        ------
        SchemaDriftError
            If it was written by another version.
        """
        head, own = load_head(folder, SCHEMA)
        return VirtualTestModel(
            **head,
            standings={key: StandingModel.load(folder / "standings" / key) for key in own["standings"]},
        )
