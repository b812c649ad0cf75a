"""A whole plant: its equipment, parameters, materials, segments, orders and KPIs."""

from collections.abc import Mapping
from dataclasses import dataclass

from pilothouse.errors import UnknownParameterError
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.kpi import Kpi
from pilothouse.plant.material import MaterialDefinition
from pilothouse.plant.order import Order
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One plant, checked: every reference in it holds.

    Parameters
    ----------
    key, name
        Its stable name and what people call it.
    time_zone
        IANA zone in which its files and screens speak.
    currency
        ISO 4217 code of its money.
    equipment, parameters, materials, segments, orders, kpis
        By key.
    """

    key: str
    name: str
    time_zone: str
    currency: str
    equipment: Mapping[str, Equipment]
    parameters: Mapping[str, Parameter]
    materials: Mapping[str, MaterialDefinition]
    segments: Mapping[str, Segment]
    orders: Mapping[str, Order]
    kpis: Mapping[str, Kpi]

    def parameter(self, key: str) -> Parameter:
        """The parameter of this key.

        Raises
        ------
        UnknownParameterError
            If the plant declares none.
        """
        try:
            return self.parameters[key]
        except KeyError as error:
            raise UnknownParameterError(
                f"parameter {key!r} is not declared in plant {self.key}", hint="add it to parameters.csv"
            ) from error

    def equipment_path(self, key: str) -> str:
        """The path from the top to an equipment, as ``site/area/work-center/work-unit``."""
        steps = []
        at: str | None = key
        while at is not None:
            steps.append(at)
            at = self.equipment[at].parent
        return "/".join(reversed(steps))
