"""Writes what was decided: bookings with their visits, moves, corrections, ends; each with its history. Only the services
that decide call it, inside their transaction, with the technicians locked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import translation

from bookings.engine.clock import utc
from bookings.engine.crews import Turn
from bookings.engine.roster import Area, Roster
from bookings.models import Booking, BookingChange, Concern, Customer, Visit
from bookings.services import addresses, concerns, customers, jobs, offers
from bookings.services.asking import Outcome, Request, State
from bookings.services.fees import Fee
from bookings.services.placing import Placed
from bookings.signals import visits_changed
from wire import rows

LEAD = "lead"
Kind = BookingChange.Kind
Status = Booking.Status


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes one placed request. `told_at` is when the caller was told of the fee."""

    roster: Roster
    request: Request
    placed: Placed
    zip_code: str
    fee: Fee
    told_at: datetime | None
    now: datetime

    def make(self) -> Outcome:
        """Write a new booking."""
        who, where = self._who()
        booking = self._booking(Status.BOOKED, who, where)
        self._visits(booking, Visit.Status.ACTIVE)
        self._record(booking, Kind.BOOKED, at=self.request.requested_at)
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
        self._turn(booking, visits, Visit.Status.ACTIVE)
        self._record(booking, Kind.BOOKED, at=request.requested_at, held=True)
        addresses.check(self.roster, booking, where, self.zip_code, now=self.now)
        return Outcome(State.BOOKED, booking)

    def move(self, booking: Booking, visits: list[Visit]) -> Outcome:
        """Move a booking: the same reference, the same customer unless corrected, the history kept."""
        _apply_details(self.roster, booking, self.request)
        before = {
            "promised_from": booking.promised_from.isoformat(),
            "promised_to": booking.promised_to.isoformat(),
            "technician": visits[0].technician_id if visits else None,
        }
        self._promise(booking)
        booking.save()
        self._turn(booking, visits, Visit.Status.ACTIVE)
        self._record(booking, Kind.MOVED, at=self.request.requested_at, before=before)
        return Outcome(State.MOVED, booking)

    def _who(self) -> tuple[Customer, Any]:
        request = self.request
        who = customers.customer(shop_id=self.roster.shop_id, name=request.customer_name, phone=request.customer_phone)
        return who, customers.place(whose=who, address=request.address, zip_code=self.zip_code if request.address else "")

    def _hold_ends(self) -> datetime:
        return self.now + timedelta(minutes=self.roster.hold_minutes)

    def _promise(self, booking: Booking) -> None:
        """Put what is promised now into a booking that there was before."""
        slot, request = self.placed.slot, self.request
        booking.promised_from, booking.promised_to, booking.minutes = slot.starts_at, slot.window_ends_at, slot.minutes
        booking.urgency = str(request.urgency)
        booking.equipment = request.equipment or booking.equipment
        booking.equipment_years = request.years if request.years is not None else booking.equipment_years
        booking.zip_code = self.zip_code
        booking.visit_fee, booking.trip_fee = _dollars(self.fee.visit_in_all), _dollars(self.fee.trip_cents)
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
            visit_fee=_dollars(self.fee.visit_in_all),
            trip_fee=_dollars(self.fee.trip_cents),
            fee_told_at=self.told_at,
            problem=request.problem,
            notes=request.notes,
            language=translation.get_language()[:2],
            hold_expires_at=self._hold_ends() if status == Status.HELD else None,
            origin=request.origin,
            origin_request=request.request,
            origin_at=request.requested_at,
        )
        rows.insert(booking)
        return booking

    def _visits(self, booking: Booking, status: Visit.Status) -> None:
        for turn in self.placed.turns:
            visit = Visit(shop_id=self.roster.shop_id, booking=booking)
            self._set(visit, turn, status)
            rows.insert(visit)
        if status == Visit.Status.ACTIVE:
            announce([turn.worker for turn in self.placed.turns], self.request.origin)

    def _turn(self, booking: Booking, visits: Sequence[Visit], status: Visit.Status) -> None:
        """Make a booking's visits those that were placed: each keeps its technician where it can."""
        if len(visits) > 1:
            # A job of several days may move by one: its own visits would stand in each other's way one by one.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS technician_once_at_a_time DEFERRED")
        left, touched = list(visits), {visit.technician_id for visit in visits}
        for turn in sorted(self.placed.turns, key=lambda turn: turn.worker not in touched):
            visit = next((each for each in left if each.technician_id == turn.worker), left[0] if left else None)
            if visit is None:
                visit = Visit(shop_id=self.roster.shop_id, booking=booking)
                self._set(visit, turn, status)
                rows.insert(visit)
                continue
            left.remove(visit)
            self._set(visit, turn, status)
            visit.version += 1
            visit.save()
        for visit in left:
            _end_visit(visit)
        if status == Visit.Status.ACTIVE:
            announce([*touched, *(turn.worker for turn in self.placed.turns)], self.request.origin)

    def _set(self, visit: Visit, turn: Turn, status: Visit.Status) -> None:
        job = self.placed.job
        place = jobs.place_for(self.roster, self.zip_code)
        visit.pinned = visit.pinned and visit.technician_id == turn.worker
        visit.technician_id = turn.worker
        visit.starts_at, visit.ends_at = utc(turn.start), utc(turn.start + job.length)
        visit.blocked = DateTimeTZRange(utc(turn.start - job.before), utc(turn.start + job.length + job.after), "[)")
        visit.status = status
        visit.held_until = self._hold_ends() if status == Visit.Status.HELD else None
        visit.role = job.service.roles[turn.role].name
        visit.overbooked = False
        visit.latitude, visit.longitude = (place.latitude, place.longitude) if place else (None, None)

    def _record(self, booking: Booking, kind: BookingChange.Kind, *, at: datetime, **detail: Any) -> None:
        detail |= {"technician": self.placed.turns[0].worker, "because": self.placed.because}
        record(booking, kind, at=at, by=self.request.by, **detail)


def _dollars(cents: int) -> Decimal:
    return Decimal(cents) / 100


def correct(roster: Roster, booking: Booking, request: Request, *, area: Area | None, now: datetime) -> Outcome:
    """Take over a corrected name, number, address or note; the same arguments again change nothing.

    `area` is the one of the corrected address, None where the shop has none or no address was said.
    """
    changed = _apply_details(roster, booking, request)
    if "address" in changed and (area is not None or roster.areas):
        booking.trip_fee = _dollars(area.fee_cents if area is not None else 0)
        if request.told is not None:  # the answer of a correction repeats the fees
            booking.fee_told_at = (booking.fee_told_at or now) if booking.visit_fee + booking.trip_fee else None
    booking.origin_at = request.requested_at
    if not changed:
        booking.save(update_fields=["origin_at", "updated_at"])
        return Outcome(State.UNCHANGED, booking)
    booking.save()
    touched = list(booking.visits.filter(status=Visit.Status.ACTIVE))
    place = jobs.place_for(roster, booking.zip_code)
    for visit in touched:
        visit.version += 1
        visit.latitude, visit.longitude = (place.latitude, place.longitude) if place else (None, None)
        visit.save(update_fields=["version", "latitude", "longitude"])
    record(booking, Kind.CORRECTED, at=now, by=request.by, fields=changed)
    announce([visit.technician_id for visit in touched], request.origin)
    return Outcome(State.CORRECTED, booking)


def _apply_details(roster: Roster, booking: Booking, request: Request) -> list[str]:
    """Put what the request says about person, place and problem into the booking; return what differed."""
    changed = []
    assert booking.customer is not None  # only a hold has none, and a hold is confirmed instead
    # Who corrects a booking need not say the name or the number again.
    phone = request.customer_phone or booking.customer.phone
    name = request.customer_name or booking.customer.name
    who = customers.customer(shop_id=roster.shop_id, name=name, phone=phone)
    if who.pk != booking.customer_id:
        booking.customer = who
        changed.append("customer")
        if booking.property is not None and not request.address:
            # The address was said for this job, whoever's name was corrected.
            booking.property = customers.place(whose=who, address=booking.property.address, zip_code=booking.property.zip_code)
    where = customers.place(whose=who, address=request.address)
    if where is not None and where.pk != booking.property_id:
        booking.property = where
        booking.zip_code = where.zip_code or booking.zip_code
        changed.append("address")
        concerns.close(Concern.Kind.ADDRESS, f"booking:{booking.pk}", shop_id=roster.shop_id, now=request.requested_at)
        addresses.check(roster, booking, where, booking.zip_code, now=request.requested_at)
    for name in ("problem", "notes"):
        said = getattr(request, name)
        if said and said != getattr(booking, name):
            setattr(booking, name, said)
            changed.append(name)
    return changed


def end(
    booking: Booking, status: Booking.Status, kind: BookingChange.Kind, *, by: str, now: datetime, at: datetime | None = None,
    **detail: Any,
) -> None:  # fmt: skip
    """End a booking that is locked, with all its visits; `at` is when it was asked for, where that is not now."""
    booking.status = status
    booking.hold_expires_at = None
    booking.save(update_fields=["status", "hold_expires_at", "updated_at"])
    ended = list(booking.visits.filter(status__in=[Visit.Status.HELD, Visit.Status.ACTIVE]).order_by("pk"))
    shown = [visit.technician_id for visit in ended if visit.status == Visit.Status.ACTIVE]
    for visit in ended:
        _end_visit(visit)
    record(booking, kind, at=at or now, by=by, **detail)
    # Nobody has to drive there any more, nor does it matter where the event lies.
    Concern.objects.filter(
        booking=booking, kind__in=[Concern.Kind.ADDRESS, Concern.Kind.DRIVE, *Concern.CALENDAR], status=Concern.Status.OPEN
    ).update(status=Concern.Status.DONE, closed_at=now)  # fmt: skip
    if shown:
        announce(shown, by)


def release(held: Iterable[Booking], *, by: str, now: datetime) -> None:
    """Give up holds that are locked."""
    for booking in held:
        end(booking, Status.LAPSED, Kind.LAPSED, by=by, now=now)


def record(booking: Booking, kind: BookingChange.Kind, *, at: datetime, by: str, **detail: Any) -> None:
    """Add a line to a booking's history."""
    rows.insert(BookingChange(booking=booking, shop_id=booking.shop_id, at=at, kind=kind, by=by, detail=detail))


def announce(technicians: Iterable[int | None], origin: str) -> None:
    """Tell after the commit whose visits changed."""
    whose = sorted({each for each in technicians if each is not None})
    transaction.on_commit(lambda: visits_changed.send(Visit, technician_ids=whose, origin=origin), robust=True)


def _end_visit(visit: Visit) -> None:
    visit.status = Visit.Status.ENDED
    visit.version += 1
    visit.save(update_fields=["status", "version"])
