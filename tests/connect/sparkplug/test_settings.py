"""What is declared of a Sparkplug connection."""

import pytest

from pilothouse.connect.declaration import read_connections
from pilothouse.connect.sparkplug import KIND
from pilothouse.plant.declaration import Declaration


def test_a_host_is_enough(declare):
    settings = declare("sparkplug", KIND, 'host = "b"', ["g/n/d/speed,speed,,,"]).settings
    assert (settings.host_id, settings.share, settings.client_id("line")) == (
        "mill-line",
        (1, 1),
        "pilothouse-mill-line",
    )
    assert (settings.reorder_ns, settings.rebirth_ns, settings.settle_ns) == (2 * 10**9, 10 * 10**9, 2 * 10**9)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('host = "b"\nshare = "3/2"', "share"),
        ('host = "b"\nshare = "0/2"', "share"),
        ('host = "b"\nshare = "half"', "share"),
        ('host = "b"\nhost_id = "a/b"', "host_id"),
        ('host = "b"\nreorder_s = -1', "reorder_s"),
        ('share = "1/2"', "host"),
    ],
)
def test_every_fault_is_told(lines, problem, tmp_path, plant):
    text = f'[[connection]]\nkey = "a"\nkind = "sparkplug"\n{lines}\n'
    found, faults = read_connections(tmp_path, Declaration.parse(text), plant, {"sparkplug": KIND})
    assert found == ()
    assert any(problem in str(fault) for fault in faults), [str(fault) for fault in faults]
