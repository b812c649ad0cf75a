"""What an engineer of this plant would write down of its heat balance; how strong each term is, is learnt."""

import numpy as np


def mechanism(row):
    """Terms of the change of temperature from the anchor to the target."""
    minutes = row["result.minutes_ahead"]
    additions = {name: row[name] for name in row if name.startswith(("bulk_", "wire_")) and name.endswith("ahead")}
    return {
        "arc energy": row["active_energy.sum.ahead"],
        "time": minutes,
        "radiation": (row["result.now"] - 1590.0) * minutes,
        "lining soaks": np.sqrt(minutes),
        "stirring gas": row["gas.sum.whole"],
        "hot spot": np.exp(-row["active_energy.since.ahead"] / 3.0) * (row["active_energy.sum.ahead"] > 0),
        "ladle waited": np.log1p(row["recent.gap"]),
        **additions,
    }
