"""`python -m benchmarks [NAME] [--json]`; without a name all of them. Exit code 1 where a bar is missed."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from benchmarks import (
    compute,
    end_point,
    historian,
    intake,
    ladle_furnace,
    reapplication,
    recipes,
    scale,
    sensor_watch,
    silicon_mill,
    tep,
    virtual_test,
)
from benchmarks.figure import Figure, as_text
from benchmarks.machine import machine

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "compute": compute.run,
    "end_point": end_point.run,
    "intake": intake.run,
    "historian": historian.run,
    "ladle_furnace": ladle_furnace.run,
    "reapplication": reapplication.run,
    "recipes": recipes.run,
    "scale": scale.run,
    "sensor_watch": sensor_watch.run,
    "silicon_mill": silicon_mill.run,
    "tep": tep.run,
    "virtual_test": virtual_test.run,
}


def main() -> int:
    """Run and say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="which; by default all")
    parser.add_argument("--json", action="store_true", help="say it as JSON")
    given = parser.parse_args()
    chosen = [given.name] if given.name else sorted(BENCHMARKS)
    measured = {name: BENCHMARKS[name]() for name in chosen}
    if given.json:
        figures = {name: [asdict(figure) for figure in found] for name, found in measured.items()}
        print(json.dumps({"machine": machine(), "figures": figures}, indent=2))
    else:
        print("; ".join(f"{key} {value}" for key, value in machine().items()))
        for name, found in measured.items():
            print(f"\n{name}\n{as_text(found)}")
    missed = any(figure.keeps is False for found in measured.values() for figure in found)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
