"""``[hub]`` in ``plant.toml``: how the hub itself works."""

from dataclasses import dataclass

from pilothouse.compute.setting import check_setting
from pilothouse.errors import Fault
from pilothouse.plant.declaration import Declaration

TABLE = "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSettings:
    """What is set; nothing has to be.

    Parameters
    ----------
    compute
        Where heavy work is done; see :func:`pilothouse.compute.setting.compute_of`.
    """

    compute: str = ""


def read_settings(declaration: Declaration) -> tuple[HubSettings, tuple[Fault, ...]]:
    r"""What the file sets, and what is wrong with it.

    Examples
    --------
    >>> read_settings(Declaration.parse('[hub]\ncompute = "local:4"'))
    (HubSettings(compute='local:4'), ())
    >>> _, faults = read_settings(Declaration.parse('[hub]\ncompute = "many"'))
    >>> print(faults[0])
    plant.toml:2: hub: compute: expected local, local:4 (processes) or dask://host:port, got 'many'. Write one of these.
    """
    faults: list[Fault] = []
    table = declaration.table(TABLE, faults)
    if table is None:
        return HubSettings(), tuple(faults)
    compute = table.text("compute", default="")
    wrong = check_setting(compute)
    if wrong:
        table.fault(wrong, "write one of these", at="compute")
    table.done()
    return HubSettings(compute="" if wrong else compute), tuple(faults)
