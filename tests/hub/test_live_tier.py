"""The live tier of a workspace is kept as long as plant.toml says."""

from pathlib import Path

import numpy as np

from pilothouse.clock import NS_PER_DAY
from pilothouse.hub.live_tier import open_series
from pilothouse.hub.workspace import open_workspace
from pilothouse.plant.sample import Samples

PLANT = """
schema = 1
[plant]
key = "works"
name = "Works"
time_zone = "UTC"
currency = "EUR"
[[equipment]]
key = "line"
level = "work_unit"
name = "Line"
[hub]
keep_values_days = 3
"""


def test_days_that_are_too_old_are_let_go(tmp_path: Path) -> None:
    (tmp_path / "plant.toml").write_text(PLANT)
    (tmp_path / "parameters.csv").write_text("key,name,kind,unit,role,equipment\nspeed,Speed,opaque,1,measured,line\n")
    workspace = open_workspace(tmp_path)
    first_ns = 20_000 * NS_PER_DAY
    days = np.arange(10)
    batch = Samples(
        parameters=("speed",),
        which=np.zeros(10, np.int32),
        source_ns=first_ns + days * NS_PER_DAY,
        values=days.astype(float),
        statuses=np.zeros(10, np.uint8),
        received_ns=first_ns + 10 * NS_PER_DAY,
    )
    with open_series(workspace, clock=lambda: first_ns + 10 * NS_PER_DAY) as series:
        series.write([batch])
        series.tend()
        kept = series.read(["speed"], start_ns=first_ns, end_ns=first_ns + 10 * NS_PER_DAY)["speed"].to_list()
    assert kept[-1] == 9.0
    assert 3 <= len(kept) <= 4
