"""The dispatcher: moves visits, cancels and ends them, and decides what is in the conflict inbox, by the desk's own services."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from bench.both_ways import log
from bench.both_ways.floor import Floor
from bench.both_ways.log import Act, Log, Place
from bookings.errors import RefusedError, TryAgainError
from bookings.models import Booking, Concern, Shop, Visit
from bookings.services import appointments, dispatching, lifecycle, rosters
from calendars.services import decisions

BY = "desk:dee"
Kind = Concern.Kind


@dataclass(slots=True)
class Dispatcher:
    floor: Floor
    log: Log
    dice: Random

    def act(self) -> None:
        """One thing at the desk, whichever comes up."""
        step = self.dice.choices((self._move, self._decide, self._cancel, self._make_room, self._finish), (35, 40, 6, 14, 5))[0]
        try:
            step()
        except (RefusedError, TryAgainError) as error:
            self.log.miss(f"dispatcher: {getattr(error, 'code', 'somebody was faster')}")

    def _visit(self) -> Visit | None:
        visits = Visit.objects.filter(shop=self.floor.shop, status=Visit.Status.ACTIVE).select_related("booking")
        found = list(visits.order_by("public_id"))
        return self.dice.choice(found) if found else None

    def _move(self, visit: Visit | None = None) -> None:
        visit = visit or self._visit()
        if visit is None:
            return self.log.miss("dispatcher: nothing there")
        roster = rosters.of(self.floor.shop.pk, Shop.objects.values_list("config_version", flat=True).get(pk=self.floor.shop.pk))
        starts_at = self.floor.at(self.dice.choice(self.floor.days), self.dice.randrange(8, 16), self.dice.choice((0, 30)))
        if self.dice.random() < 0.3:
            starts_at = visit.starts_at + timedelta(minutes=15 * self.dice.randrange(-4, 5))
        stays = visit.technician_id if self.dice.random() < 0.4 else None
        wish = dispatching.Move(
            visit_id=visit.pk, version=visit.version, technician_id=stays or self.dice.choice(self.floor.people).id,
            starts_at=starts_at, by=BY, despite=self.dice.random() < 0.6, overbook=self.dice.random() < 0.15,
            tell=self.dice.random() < 0.5,
        )  # fmt: skip
        began = log.now()
        moved = dispatching.move(roster, wish, now=timezone.now())
        return self._note("moves", began, moved)

    def _make_room(self) -> None:
        """Move a visit that something else in the calendar lies over."""
        over = Concern.objects.filter(shop=self.floor.shop, kind=Kind.BUSY_OVER_VISIT, status=Concern.Status.OPEN)
        found = list(over.select_related("visit__booking").order_by("pk"))
        if not found:
            return self.log.miss("dispatcher: nothing there")
        return self._move(self.dice.choice(found).visit)

    def _decide(self) -> None:
        kinds = [Kind.EVENT_MOVED, Kind.EVENT_CHANGED, Kind.EVENT_DELETED]
        asked = Concern.objects.filter(shop=self.floor.shop, kind__in=kinds, status=Concern.Status.OPEN)
        found = list(asked.select_related("visit").order_by("pk"))
        if not found:
            return self.log.miss("dispatcher: nothing there")
        concern, began = self.dice.choice(found), log.now()
        seen = decisions.seen(concern)
        match self.dice.choices(("accepts", "restores", "waits"), (40, 40, 20))[0]:
            case "accepts":
                done = decisions.accept(concern.pk, as_seen=seen, by=BY, now=timezone.now())
                self._note(f"accepts {concern.kind}", began, done.visit)
            case "restores":
                done = decisions.restore(concern.pk, as_seen=seen, now=timezone.now())
                self._note(f"restores {concern.kind}", began, done.visit)
            case _:
                decisions.wait(concern.pk, note="calls the customer", now=timezone.now())
        return None

    def _cancel(self) -> None:
        if (visit := self._visit()) is None:
            return self.log.miss("dispatcher: nothing there")
        began = log.now()
        appointments.cancel(visit.booking_id, by=BY, reason="asked for", now=timezone.now())
        return self._note("cancels", began, visit)

    def _finish(self) -> None:
        if (visit := self._visit()) is None:
            return self.log.miss("dispatcher: nothing there")
        began = log.now()
        steps = (Booking.Status.EN_ROUTE, Booking.Status.ON_SITE, Booking.Status.DONE)
        for step in steps[: self.dice.randrange(1, 4)]:
            lifecycle.step(visit.booking_id, step, by=BY, now=timezone.now())
        return self._note("steps", began, visit)

    def _note(self, what: str, began: datetime, visit: Visit) -> None:
        place, whose = Place(visit.starts_at, visit.ends_at), visit.technician_id or 0
        act = Act("dispatcher", what, began, log.now(), visit=str(visit.public_id), technician=whose, place=place)
        self.log.add(act)
