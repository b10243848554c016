"""What the board of a day and that of a week have in common."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from bookings.models import Shop
from desk import words
from desk.board import cards
from desk.board.cards import Card
from desk.board.reading import Facts, Work


@dataclass(frozen=True)
class Shown:
    """Some days of a shop from `on`, with all that stands beside them."""

    facts: Facts
    on: date
    work: Work

    @property
    def shop(self) -> Shop:
        return self.facts.shop

    @cached_property
    def today(self) -> date:
        return self.facts.now.astimezone(self.shop.zone).date()

    @property
    def zone(self) -> str:
        return words.shop_zone(self.shop, self.facts.now)

    @cached_property
    def holds(self) -> int:
        return sum(each.held for each in self.facts.planned)

    @property
    def visits(self) -> int:
        return len(self.facts.planned) - self.holds

    @cached_property
    def unassigned(self) -> list[Card]:
        """The visits of these days that nobody has: they wait in the tray."""
        return [cards.of(visit, self.work.sync_of(visit, None), self.facts) for visit in self.work.visits.get(None, [])]
