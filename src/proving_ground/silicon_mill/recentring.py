"""Re-centring."""
from proving_ground.silicon_mill.practice import Rules
from proving_ground.silicon_mill.recipes import usual_table
def rules_of(practice, plant_variation):
    return Rules(table=usual_table(), pyrometer_days=90.0, gauge_days=30.0)
