"""The workspace: a plant folder with everything the hub keeps for it.

::

    DIR/
      plant.toml  parameters.csv  ...   what people write
      store/historian/                  what happened
      store/series/                     what happened, every second of it
      store/ledger.db                   what was decided
      store/models/SCENARIO/VERSION/    what was learnt
      store/status.json                 how a running hub does
      rejects/                          rows that could not be imported, with the reason
      reports/                          what `prove` writes
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pilothouse.connect.declaration import TABLE as CONNECTION
from pilothouse.connect.declaration import Connection, read_connections
from pilothouse.connect.files.declared import read_mappings
from pilothouse.connect.files.genealogy import DECLARED, GenealogyMapping, read_genealogies
from pilothouse.connect.files.mapping import ImportMapping
from pilothouse.connect.kinds import KINDS
from pilothouse.connect.write_back import TABLE as WRITE_BACK
from pilothouse.connect.write_back import WriteBack, read_write_back
from pilothouse.decision.pack import Pack, find_packs
from pilothouse.decision.reapplication import Reapplication
from pilothouse.decision.scenario import Scenario
from pilothouse.decision.steering import Steering
from pilothouse.errors import ConfigError, Fault, use_known
from pilothouse.hub.settings import TABLE as HUB
from pilothouse.hub.settings import HubSettings, read_settings
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.folder import PLANT_FILE, read_for_checking, refusal
from pilothouse.plant.plant import Plant


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A plant folder, read and without a fault."""

    root: Path
    plant: Plant
    mappings: tuple[ImportMapping, ...]
    scenarios: tuple[Scenario, ...]
    genealogies: tuple[GenealogyMapping, ...] = ()
    steering: Mapping[str, tuple[Steering, ...]] = field(default_factory=dict)
    connections: tuple[Connection, ...] = ()
    settings: HubSettings = field(default_factory=HubSettings)
    write_back: WriteBack = field(default_factory=WriteBack)
    reapplications: tuple[Reapplication, ...] = ()

    def scenario(self, key: str | None = None) -> Scenario:
        """The scenario of a key, or the only one.

        Raises
        ------
        ConfigError
            If there is none of this key, or several and no key is given.
        """
        known = {scenario.key: scenario for scenario in self.scenarios}
        if key is None and len(known) == 1:
            return next(iter(known.values()))
        if key is None:
            asked = "the plant declares no scenario" if not known else f"the plant has {len(known)} scenarios"
            hint = f"name one: {', '.join(known)}" if known else "add a [[scenario]] to plant.toml"
            raise ConfigError(asked, hint=hint, folder=str(self.root))
        if key not in known:
            raise ConfigError(f"unknown scenario {key!r}", hint=use_known(key, tuple(known)))
        return known[key]

    @property
    def historian(self) -> Path:
        """Folder of the historian."""
        return self.root / "store" / "historian"

    @property
    def series(self) -> Path:
        """Folder of the live tier of the historian."""
        return self.root / "store" / "series"

    @property
    def status(self) -> Path:
        """File in which a running hub says how it does."""
        return self.root / "store" / "status.json"

    @property
    def ledger(self) -> Path:
        """File of the ledger, unless the settings name another database; see :mod:`pilothouse.hub.settings`."""
        return self.root / "store" / "ledger.db"

    @property
    def models(self) -> Path:
        """Folder of the learnt models."""
        return self.root / "store" / "models"

    @property
    def rejects(self) -> Path:
        """Folder of rejected rows."""
        return self.root / "rejects"

    @property
    def reports(self) -> Path:
        """Folder of reports."""
        return self.root / "reports"


def check_folder(root: Path, packs: tuple[Pack, ...] | None = None) -> tuple[Workspace | None, tuple[Fault, ...]]:
    """A plant folder as a workspace, or every fault in it by file and line; nothing half-loads.

    Imports and scenarios are looked through also where the plant has faults, by as much of it as is known.

    Parameters
    ----------
    root
        The plant folder.
    packs
        Whose scenarios to read; by default all installed ones.
    """
    packs = find_packs() if packs is None else packs
    own = ("import", DECLARED, CONNECTION, HUB, WRITE_BACK)
    elsewhere = (*own, *(table for pack in packs for table in pack.tables))
    plant, of_plant = read_for_checking(root, elsewhere)
    if plant is None:
        return None, tuple(sorted(set(of_plant)))
    declaration = Declaration.read(root / PLANT_FILE)
    mappings, of_imports = read_mappings(declaration, plant)
    genealogies, of_genealogies = read_genealogies(declaration, plant, {mapping.key for mapping in mappings})
    connections, of_connections = read_connections(root, declaration, plant, KINDS)
    settings, of_settings = read_settings(declaration)
    write_back, of_write_back = read_write_back(declaration, plant)
    faults = [*of_plant, *of_imports, *of_genealogies, *of_connections, *of_settings, *of_write_back]
    scenarios: list[Scenario] = []
    steering: dict[str, tuple[Steering, ...]] = {}
    reapplications: list[Reapplication] = []
    for pack in packs:
        brought, of_pack = pack.scenarios(root, declaration, plant)
        steering[pack.key], of_steering = pack.steering(declaration, plant)
        moving, of_moving = pack.reapplications(declaration, plant)
        scenarios.extend(brought)
        reapplications.extend(moving)
        faults += [*of_pack, *of_steering, *of_moving]
    if faults:
        return None, tuple(sorted(set(faults)))
    workspace = Workspace(
        root=root,
        plant=plant,
        mappings=mappings,
        scenarios=tuple(scenarios),
        genealogies=genealogies,
        steering=steering,
        connections=connections,
        settings=settings,
        write_back=write_back,
        reapplications=tuple(reapplications),
    )
    return workspace, ()


def open_workspace(root: Path) -> Workspace:
    """The workspace of a plant folder.

    Raises
    ------
    ConfigError
        If the folder has any fault; the first ones are shown, `pilothouse check` shows all.
    """
    workspace, faults = check_folder(root)
    if workspace is None:
        raise refusal(root, faults)
    return workspace


def templates() -> dict[str, Path]:
    """The plant folders that ship as examples, by name."""
    here = Path(__file__).resolve().parents[1]
    # Installed they lie in the package; in a checkout beside `src`.
    home = next((d for d in (here / "examples", here.parents[1] / "examples") if d.is_dir()), None)
    if home is None:
        return {}
    return {d.name.replace("_", "-"): d for d in sorted(home.iterdir()) if (d / PLANT_FILE).is_file()}


def create_workspace(root: Path, source: str) -> Path:
    """Copy a plant folder, an example by name or any by path, to a new place.

    Raises
    ------
    ConfigError
        If the source is no plant folder, or the place is taken.
    """
    known = templates()
    origin = known.get(source, Path(source))
    if not (origin / PLANT_FILE).is_file():
        raise ConfigError(
            f"--from {source}: expected an example or a folder with a plant.toml, got neither",
            hint=use_known(source, tuple(known)) if known else "no example is installed: give a folder",
        )
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        taken = "the folder is not empty" if root.is_dir() else "this is a file"
        raise ConfigError(f"{root}: {taken}", hint="choose a new folder, or empty this one")
    keep = shutil.ignore_patterns("store", "rejects", "reports", "__pycache__")
    shutil.copytree(origin, root, dirs_exist_ok=True, ignore=keep)
    return root
