"""What is declared is read; every fault is named with its line."""

import pytest

from .conftest import PLANT_TOML


def test_what_is_declared_is_read(brought):
    assert list(brought.declared.prices) == ["fine", "plain"]
    assert brought.declared.repeatability == {"loss": 0.01}
    assert (brought.key, brought.kinds, brought.looks_at) == ("strip", {"fine", "plain"}, {"loss", "width"})


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('decides = ["loss"]', 'decides = ["lost"]', "lost"),
        ("repeatability = [0.01]", "repeatability = [0.01, 0.02]", "expected 1 numbers, got 2"),
        ("sure = 0.9", "sure = 0.3", "sure"),
        ('sees_from = "rolling"', 'sees_from = "ruling"', "ruling"),
        ("late_t_d = 1.0", "late_t_d = -1.0", "late_t_d"),
        ("late_t_d = 1.0", "late_t_d = 1.0\nclaim_t = -1.0", "claim_t"),
        ("sales_follow = true\n", "", "sales_follow"),
        ('key = "fine"', 'key = "plain"', "plain"),
        ('[[reapplication.kind]]\nkey = "fine"\nprice = 1000.0\n', "", "at least 2 kinds"),
        ("least = 50.0", "leest = 50.0", "leest"),
    ],
)
def test_every_fault_is_named_with_its_line(read, old, new, problem):
    assert old in PLANT_TOML
    _, faults = read(PLANT_TOML.replace(old, new))
    assert any(problem in fault.problem for fault in faults), faults
    assert all(fault.line > 0 and fault.remedy for fault in faults)


def test_nothing_declared_is_no_fault(read):
    assert read("") == ((), ())
