"""The pen that writes one placed request: a booking with its visits, made, held, confirmed or moved, with its history.

Only bookings.services.appointments, choosing and rearranging hold it, inside their transaction, with the technicians
locked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import translation

from bookings.engine.clock import utc
from bookings.engine.crews import Turn
from bookings.engine.roster import Roster
from bookings.models import Booking, BookingChange, Concern, Customer, Visit
from bookings.services import addresses, concerns, customers, jobs, offers, unseen, writing
from bookings.services.asking import Outcome, Request, State
from bookings.services.fees import Fee
from bookings.services.placing import Placed
from wire import rows

Kind = BookingChange.Kind
Status = Booking.Status
_NO_FEE = Fee(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes one placed request. `told_at` is when the caller was told of the fee."""

    roster: Roster
    request: Request
    placed: Placed
    zip_code: str
    now: datetime
    fee: Fee = _NO_FEE
    told_at: datetime | None = None

    def make(self) -> Outcome:
        """Write a new booking."""
        who, where = self._who()
        booking = self._booking(Status.BOOKED, who, where)
        visits = self._visits(booking, Visit.Status.ACTIVE)
        self._record(booking, Kind.BOOKED, at=self.request.requested_at)
        self._ask_to_confirm(booking, visits)
        addresses.check(self.roster, booking, where, self.zip_code, now=self.now)
        return Outcome(State.BOOKED, booking)

    def hold(self) -> Outcome:
        """Write a hold, for nobody yet."""
        booking = self._booking(Status.HELD, None, None)
        self._visits(booking, Visit.Status.HELD)
        self._record(booking, Kind.HELD, at=self.request.requested_at)
        return Outcome(State.HELD, booking)

    def hold_again(self, booking: Booking, visits: list[Visit]) -> Outcome:
        """Move a hold, or make the same one last longer."""
        booking.hold_expires_at = self._hold_ends()
        self._promise(booking)
        booking.save()
        self._turn(booking, visits, Visit.Status.HELD)
        return Outcome(State.HELD, booking)

    def confirm(self, booking: Booking, visits: list[Visit]) -> Outcome:
        """Make a booking of a hold, with the name and address it was held for."""
        who, where = self._who()
        request = self.request
        booking.customer, booking.property = who, where
        booking.status, booking.hold_expires_at = Status.BOOKED, None
        booking.problem = request.problem or booking.problem
        booking.notes = request.notes or booking.notes
        booking.origin_request = request.request
        self._promise(booking)
        booking.save()
        kept = self._turn(booking, visits, Visit.Status.ACTIVE)
        self._record(booking, Kind.BOOKED, at=request.requested_at, held=True)
        self._ask_to_confirm(booking, kept)
        addresses.check(self.roster, booking, where, self.zip_code, now=self.now)
        return Outcome(State.BOOKED, booking)

    def move(self, booking: Booking, visits: list[Visit]) -> Outcome:
        """Move a booking: the same reference, the same customer unless corrected, the history kept."""
        writing.apply_details(self.roster, booking, self.request)
        before = {**_promised(booking), "technician": visits[0].technician_id if visits else None}
        asked = booking.to_confirm_since is not None
        self._promise(booking)
        booking.save()
        kept = self._turn(booking, visits, Visit.Status.ACTIVE)
        self._record(booking, Kind.MOVED, at=self.request.requested_at, before=before)
        if asked:
            concerns.close(Concern.Kind.TO_CONFIRM, unseen.key(booking), shop_id=booking.shop_id, now=self.now)
        self._ask_to_confirm(booking, kept)
        return Outcome(State.MOVED, booking)

    def give(self, booking: Booking, visits: list[Visit], visit: Visit, *, why: str) -> None:
        """Let others keep what a booking promised; `visit` is the one of its visits that could not stay as it was."""
        before = {**_promised(booking), "starts_at": visit.starts_at.isoformat(), "technician": visit.technician_id}
        booking.save(update_fields=["updated_at"])
        self._turn(booking, visits, Visit.Status.ACTIVE)
        writing.record(
            booking, Kind.MOVED, at=self.now, by=self.request.by, before=before, technician=visit.technician_id,
            because=self.placed.because, why=why,
        )  # fmt: skip

    def _who(self) -> tuple[Customer, Any]:
        request = self.request
        who = customers.customer(shop_id=self.roster.shop_id, name=request.customer_name, phone=request.customer_phone)
        return who, customers.place(whose=who, address=request.address, zip_code=self.zip_code if request.address else "")

    def _to_confirm(self) -> datetime | None:
        return self.now if self.placed.unseen else None

    def _ask_to_confirm(self, booking: Booking, visits: Sequence[Visit]) -> None:
        if self.placed.unseen:
            unseen.ask(self.roster, booking, visits, self.placed.unseen)

    def _hold_ends(self) -> datetime:
        return self.now + timedelta(minutes=self.roster.hold_minutes)

    def _promise(self, booking: Booking) -> None:
        """Put what is promised now into a booking that there was before."""
        slot, request = self.placed.slot, self.request
        booking.promised_from, booking.promised_to, booking.minutes = slot.starts_at, slot.window_ends_at, slot.minutes
        booking.to_confirm_since = self._to_confirm()
        booking.urgency = str(request.urgency)
        booking.equipment = request.equipment or booking.equipment
        booking.equipment_years = request.years if request.years is not None else booking.equipment_years
        booking.zip_code = self.zip_code
        booking.visit_fee, booking.trip_fee = writing.dollars(self.fee.visit_in_all), writing.dollars(self.fee.trip_cents)
        booking.fee_told_at = self.told_at
        if booking.origin == request.origin:
            booking.origin_at = request.requested_at

    def _booking(self, status: Booking.Status, who: Customer | None, where: Any) -> Booking:
        request, slot = self.request, self.placed.slot
        booking = Booking(
            shop_id=self.roster.shop_id,
            reference=f"HV-{offers.new_code(5)}",
            customer=who,
            property=where,
            service_type_id=request.service.id,
            status=status,
            promised_from=slot.starts_at,
            promised_to=slot.window_ends_at,
            minutes=slot.minutes,
            urgency=str(request.urgency),
            equipment=request.equipment,
            equipment_years=request.years,
            zip_code=self.zip_code,
            visit_fee=writing.dollars(self.fee.visit_in_all),
            trip_fee=writing.dollars(self.fee.trip_cents),
            fee_told_at=self.told_at,
            problem=request.problem,
            notes=request.notes,
            language=translation.get_language()[:2],
            hold_expires_at=self._hold_ends() if status == Status.HELD else None,
            to_confirm_since=self._to_confirm(),
            origin=request.origin,
            origin_request=request.request,
            origin_at=request.requested_at,
        )
        rows.insert(booking)
        return booking

    def _visits(self, booking: Booking, status: Visit.Status) -> list[Visit]:
        made = []
        for turn in self.placed.turns:
            visit = Visit(shop_id=self.roster.shop_id, booking=booking)
            self._set(visit, turn, status)
            rows.insert(visit)
            made.append(visit)
        if status == Visit.Status.ACTIVE:
            writing.announce([turn.worker for turn in self.placed.turns], self.request.origin)
        return made

    def _turn(self, booking: Booking, visits: Sequence[Visit], status: Visit.Status) -> list[Visit]:
        """Make a booking's visits those that were placed, and return them: each keeps its technician where it can."""
        if len(visits) > 1:
            # A job of several days may move by one: its own visits would stand in each other's way one by one.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS technician_once_at_a_time DEFERRED")
        left, kept, touched = list(visits), [], {visit.technician_id for visit in visits}
        for turn in sorted(self.placed.turns, key=lambda turn: turn.worker not in touched):
            visit = next((each for each in left if each.technician_id == turn.worker), left[0] if left else None)
            if visit is None:
                visit = Visit(shop_id=self.roster.shop_id, booking=booking)
                self._set(visit, turn, status)
                rows.insert(visit)
                kept.append(visit)
                continue
            left.remove(visit)
            kept.append(visit)
            self._set(visit, turn, status)
            visit.version += 1
            visit.save()
        for visit in left:
            writing.end_visit(visit)
        if status == Visit.Status.ACTIVE:
            writing.announce([*touched, *(turn.worker for turn in self.placed.turns)], self.request.origin)
        return kept

    def _set(self, visit: Visit, turn: Turn, status: Visit.Status) -> None:
        job = self.placed.job
        place = jobs.place_for(self.roster, self.zip_code)
        chosen = self.placed.chosen
        visit.pinned = (chosen is not None and turn.role == 0) or (visit.pinned and visit.technician_id == turn.worker)
        visit.technician_id = turn.worker
        visit.starts_at, visit.ends_at = utc(turn.start), utc(turn.start + job.length)
        visit.blocked = DateTimeTZRange(utc(turn.start - job.before), utc(turn.start + job.length + job.after), "[)")
        visit.status = status
        visit.held_until = self._hold_ends() if status == Visit.Status.HELD else None
        visit.role = job.service.roles[turn.role].name
        visit.overbooked = chosen is not None and chosen.overbooked
        visit.latitude, visit.longitude = (place.latitude, place.longitude) if place else (None, None)

    def _record(self, booking: Booking, kind: BookingChange.Kind, *, at: datetime, **detail: Any) -> None:
        detail |= {"technician": self.placed.turns[0].worker, "because": self.placed.because}
        if self.placed.chosen is not None:
            detail["overruled"] = [[each.rule, *each.facts] for each in self.placed.chosen.overruled]
        writing.record(booking, kind, at=at, by=self.request.by, **detail)


def _promised(booking: Booking) -> dict[str, Any]:
    return {"promised_from": booking.promised_from.isoformat(), "promised_to": booking.promised_to.isoformat()}
