"""One setting says where work is done: ``local``, ``local:4`` or ``dask://host:port``."""

import re
from typing import Final

from pilothouse.compute.dask import DaskCompute
from pilothouse.compute.local import LocalCompute
from pilothouse.errors import ConfigError

EXPECTED: Final = "local, local:4 (processes) or dask://host:port"

_LOCAL: Final = re.compile(r"local(?::([1-9]\d{0,3}))?")
_DASK: Final = re.compile(r"dask://(?:[^\s/:@]+|\[[0-9a-fA-F:]+\]):\d{1,5}")


def check_setting(setting: str) -> str:
    """What is wrong with a setting, in words; empty where it can be used.

    Examples
    --------
    >>> check_setting("local:4"), check_setting("dask://scheduler:8786")
    ('', '')
    >>> check_setting("ray://scheduler")
    "compute: expected local, local:4 (processes) or dask://host:port, got 'ray://scheduler'"
    """
    is_known = setting == "" or _LOCAL.fullmatch(setting) or _DASK.fullmatch(setting)
    return "" if is_known else f"compute: expected {EXPECTED}, got {setting!r}"


def compute_of(setting: str) -> LocalCompute | DaskCompute:
    """Where a setting says; nothing written is one process a core.

    Raises
    ------
    ConfigError
        If it says nothing that is known, or Dask is not installed.
    ComputeError
        If the cluster does not answer.

    Examples
    --------
    >>> with compute_of("local:2") as compute:
    ...     compute.workers
    2
    """
    wrong = check_setting(setting)
    if wrong:
        raise ConfigError(wrong, hint="correct compute under [hub] in plant.toml, or --compute")
    if setting.startswith("dask://"):
        return DaskCompute(setting)
    found = _LOCAL.fullmatch(setting)
    return LocalCompute(workers=int(found[1]) if found and found[1] else None)
