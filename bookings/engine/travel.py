"""How long the drive between two places takes.

The engine asks a Travel for whole seconds and nothing else: a routing service can stand behind the same door, fed from
its own table, as long as it answers from memory.
"""

from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple, Protocol

EARTH_MILES = 3958.8
FIVE_MINUTES = 300


class Place(NamedTuple):
    """Where something is, in degrees."""

    latitude: float
    longitude: float


class Travel(Protocol):
    """The door: answers at once and raises nothing; a place that is not known costs no time."""

    def seconds(self, here: Place | None, there: Place | None) -> int:
        """Return the drive in whole seconds, the same in both directions."""
        ...


def miles(here: Place, there: Place) -> float:
    """Return the distance over the ground as the crow flies."""
    north, south = radians(here.latitude), radians(there.latitude)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(radians(there.longitude - here.longitude) / 2) ** 2
    return 2 * EARTH_MILES * asin(min(1.0, sqrt(half)))


@dataclass(frozen=True, slots=True)
class StraightLine:
    """As the crow flies, times a factor for roads, at a usual speed; in steps of five minutes, rounded up."""

    road_percent: int = 130
    mph: int = 25
    _known: dict[tuple[Place, Place], int] = field(default_factory=dict, repr=False, compare=False)

    def seconds(self, here: Place | None, there: Place | None) -> int:
        """Return the drive in whole seconds; none where a place is not known or is the same."""
        if here is None or there is None or here == there:
            return 0
        pair = (here, there) if here < there else (there, here)
        known = self._known.get(pair)
        if known is None:
            hours = miles(here, there) * self.road_percent / 100 / self.mph
            known = -int(-hours * 3600 // FIVE_MINUTES) * FIVE_MINUTES
            if len(self._known) > 200_000:  # ZIP centroids are few; a shop that moves through all of them starts anew
                self._known.clear()
            self._known[pair] = known
        return known
