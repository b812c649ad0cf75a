"""Heat balance of a ladle furnace: the known physics behind the change of the steel's temperature.

Each term is a column; how strong it is (K per unit) is learnt from the record. Arc energy heats; time, radiation of
the hotter steel and cold additions cool; a measurement soon after heating reads the hot spot under the electrodes.
"""

import numpy as np

REFERENCE_DEGC = 1590.0  # about where heats stand; the terms are linear around it
MIXING_MIN = 3.0  # time constant of mixing by stirring gas, minutes (typical of 80-150 t ladles)


def mechanism(row):
    """Terms of the change of temperature from the anchor to the target."""
    energy = row["active_energy.sum.ahead"]
    minutes = row["result.minutes_ahead"]
    hot = row["result.now"] - REFERENCE_DEGC
    heated = energy > 0
    terms = {
        "arc energy": energy,
        "arc energy, saturating": energy**2,
        "reactive energy": row["reactive_energy.sum.ahead"],
        "arc minutes": row["active_energy.minutes.ahead"],
        "arc energy before": row["active_energy.sum.before"],
        "time": minutes,
        "lining soaks": np.sqrt(minutes),
        "radiation": hot * minutes,
        "regression to the aim": hot,
        "hotter than usual": np.maximum(hot - 10.0, 0.0),
        "colder than usual": np.maximum(-15.0 - hot, 0.0),
        "stirring gas": row["gas.sum.whole"],
        "hot spot at the anchor": np.exp(-row["active_energy.since.before"] / MIXING_MIN)
        * (row["active_energy.sum.before"] > 0),
        "hot spot at the target": np.exp(-row["active_energy.since.ahead"] / MIXING_MIN) * heated,
        "late energy": row["active_energy.sum.ahead/3min"],
        "wait for the arc": row["active_energy.until.ahead"],
        "age of the heat": np.minimum(row["piece.minutes"], 60.0),
        "energy just before": row["active_energy.sum.before/5min"],
        "late wire": row["wire.sum.ahead/6min"],
        "late bulk": row["bulk.sum.ahead/6min"],
        "bulk before": row["bulk.sum.before"],
        "wire before": row["wire.sum.before"],
        "ladle waited": np.log1p(row["recent.gap"]),
        "recent heats": row["recent.result.3"] - REFERENCE_DEGC,
        "campaign": row["recent.result.40"] - REFERENCE_DEGC,
    }
    for name, amount in row.items():
        if name.endswith(".sum.ahead") and name.startswith(("bulk_", "wire_")):
            terms[f"{name} chills"] = amount
            terms[f"{name} present"] = (amount > 0).astype(float)
    return terms
