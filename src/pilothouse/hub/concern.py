"""Which scenarios a happening concerns, and what they are asked."""

from collections.abc import Iterable, Mapping

from pilothouse.decision.runs import runs_of
from pilothouse.decision.scenario import Scenario
from pilothouse.hub.agenda import Ask
from pilothouse.hub.happening import Happening, OrderArrived, SampleKnown, StageFinished
from pilothouse.plant.plant import Plant


class Concern:
    """Looked up once, so that to tell of a happening costs next to nothing.

    A stage concerns the scenarios that read a parameter of its equipment, or of what stands in it; a sample those that
    read one of its parameters.

    Parameters
    ----------
    plant
        Its words.
    scenarios
        In the order in which they are asked.
    """

    def __init__(self, plant: Plant, scenarios: Iterable[Scenario]) -> None:
        self._by_parameter: dict[str, list[str]] = {}
        self._by_equipment: dict[str, list[str]] = {}
        self._on: dict[str, list[str]] = {"order": [], "tick": []}
        for scenario in scenarios:
            on = runs_of(scenario).on
            for occasion in self._on:
                if occasion in on:
                    self._on[occasion].append(scenario.key)
            read = [parameter for one in scenario.reads for parameter in one.parameters]
            if "sample" in on:
                for parameter in read:
                    self._by_parameter.setdefault(parameter, []).append(scenario.key)
            if "stage" in on:
                for equipment in _places(plant, read):
                    self._by_equipment.setdefault(equipment, []).append(scenario.key)

    def asks(self, happening: Happening) -> tuple[Ask, ...]:
        """What is asked of whom."""
        at_ns = happening.at_ns
        if isinstance(happening, StageFinished):
            return _all(self._by_equipment.get(happening.equipment, ()), happening.piece, at_ns)
        if isinstance(happening, SampleKnown):
            concerned = {key: None for p in happening.parameters for key in self._by_parameter.get(p, ())}
            return _all(concerned, happening.piece, at_ns)
        if isinstance(happening, OrderArrived):
            return _all(self._on["order"], happening.order, at_ns)
        return _all(self._on["tick"], "", at_ns)


def _all(scenarios: Iterable[str], subject: str, at_ns: int) -> tuple[Ask, ...]:
    return tuple(Ask(scenario=key, subject=subject, at_ns=at_ns) for key in scenarios)


def _places(plant: Plant, parameters: Iterable[str]) -> Mapping[str, None]:
    """The equipment of parameters, and all it stands in; each once."""
    places: dict[str, None] = {}
    for key in parameters:
        place: str | None = plant.parameters[key].equipment
        while place is not None and place not in places:
            places[place] = None
            place = plant.equipment[place].parent
    return places
