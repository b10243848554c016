"""What the board of a day and that of a week have in common."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from bookings.models import Shop, Visit
from desk import words
from desk.board import cards
from desk.board.cards import Card
from desk.board.reading import Facts


@dataclass(frozen=True)
class Shown:
    """Some days of a shop from `on`, with all that stands beside them."""

    facts: Facts
    on: date

    @property
    def shop(self) -> Shop:
        return self.facts.shop

    @cached_property
    def today(self) -> date:
        return self.facts.now.astimezone(self.shop.zone).date()

    @property
    def zone(self) -> str:
        return words.shop_zone(self.shop, self.facts.now)

    @property
    def holds(self) -> int:
        return sum(visit.status == Visit.Status.HELD for visit in self.facts.visits)

    @property
    def visits(self) -> int:
        return len(self.facts.visits) - self.holds

    @cached_property
    def unassigned(self) -> list[Card]:
        """The visits of these days that nobody has: they wait in the tray."""
        return [cards.of(visit, self.facts) for visit in self.facts.visits if visit.technician_id is None]
