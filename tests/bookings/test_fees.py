"""What a visit costs for coming and looking, by service, hours, member tier and area; and what is recorded with a booking."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bookings.engine.roster import Area, Urgency
from bookings.models import Booking, Closure, ServiceArea, ServiceType, Technician, WorkingHours
from bookings.services import dispatching, fees
from bookings.services.asking import State, When
from bookings.services.fees import Fee
from tests.bookings.asking import TOMORROW, ask, hold, reschedule, roster_of
from tests.factories import TechnicianFactory

pytestmark = pytest.mark.django_db
NIGHT = time(19)


@pytest.fixture
def priced(shop):
    """$89, $60 more after hours, $49 for members; one technician on overtime on Wednesday evenings."""
    ServiceType.objects.filter(key="repair").update(visit_fee=89, overtime_fee=60, member_fee=49)
    WorkingHours.objects.create(
        shop=shop, technician=Technician.objects.earliest("pk"), weekday=2, starts=time(18), ends=time(23), overtime=True
    )
    return shop


def at(hour, *, on=TOMORROW, shop):
    return datetime.combine(on, time(hour), tzinfo=shop.zone)


def fee_of(shop, hour, *, on=TOMORROW, member=False, area=None):
    roster = roster_of(shop)
    service = next(each for each in roster.services if each.key == "repair")
    return fees.of(roster, service, starts_at=at(hour, on=on, shop=shop), area=area, member=member)


def never(fee):
    return None


@pytest.mark.parametrize(
    ("hour", "member", "expected"),
    [
        (9, False, Fee(8900)),
        (17, False, Fee(8900)),
        (18, False, Fee(8900, 6000)),
        (19, False, Fee(8900, 6000)),
        (7, False, Fee(8900, 6000)),
        (9, True, Fee(4900)),
        (19, True, Fee(4900, 6000)),
    ],
)
def test_fee_by_hours_and_member(priced, hour, member, expected):
    assert fee_of(priced, hour, member=member) == expected


def test_fee_by_area(priced):
    area = Area(1, "North", ("104*",), frozenset(range(7)), 1500)
    fee = fee_of(priced, 19, area=area)
    assert (fee, fee.visit_in_all, fee.in_all) == (Fee(8900, 6000, 1500), 14900, 16400)


def test_members_pay_the_same_where_nothing_else_is_set(shop):
    ServiceType.objects.filter(key="repair").update(visit_fee=89)
    assert fee_of(shop, 9, member=True) == Fee(8900)
    ServiceType.objects.filter(key="repair").update(member_fee=0)
    assert fee_of(shop, 9, member=True) == Fee()


def test_a_closed_day_is_after_hours(priced):
    Closure.objects.create(shop=priced, on=TOMORROW, reason="Thanksgiving")
    assert fee_of(priced, 9) == Fee(8900, 6000)


def test_regular_hours_are_those_of_anybody_who_works(priced):
    """A late shift of somebody makes the evening regular for everybody, until they leave the shop."""
    late: Any = TechnicianFactory(shop=priced, weekdays=[(2, time(14), time(22))])
    assert fee_of(priced, 19) == Fee(8900)
    assert fee_of(priced, 19, on=date(2026, 11, 26)) == Fee(8900, 6000)
    late.active = False
    late.save()
    assert fee_of(priced, 19) == Fee(8900, 6000)


def test_the_shops_clock_decides(priced):
    """Noon in London is seven in New York, before anybody's shift."""
    roster = roster_of(priced)
    assert fees.after_hours(roster, datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert not fees.after_hours(roster, datetime(2026, 11, 25, 13, tzinfo=UTC))


def test_what_a_person_books_has_its_fee_and_nobody_told_it(priced, now):
    outcome = ask(priced, now, origin="desk:dee", by="desk:dee")
    booking = Booking.objects.get()
    assert outcome.state is State.BOOKED
    assert (booking.visit_fee, booking.trip_fee, booking.fee_told_at) == (Decimal("89.00"), Decimal(0), None)


def test_a_booking_records_what_was_told_and_when(priced, now):
    ServiceArea.objects.create(shop=priced, name="Manhattan", zip_codes="100*", trip_fee="15.50")
    asked: list[Fee] = []
    told_at: datetime = now - timedelta(seconds=40)

    def told(fee: Fee) -> datetime:
        asked.append(fee)
        return told_at

    ask(priced, now, told=told, urgency=Urgency.URGENT, when=When(TOMORROW, NIGHT))
    booking = Booking.objects.get()
    assert asked == [Fee(8900, 6000, 1550)]
    assert (booking.visit_fee, booking.trip_fee, booking.fee_told_at) == (Decimal("149.00"), Decimal("15.50"), told_at)


def test_who_was_not_told_is_not_booked(priced, now):
    outcome = ask(priced, now, told=never)
    assert (outcome.state, outcome.fee, outcome.booking) == (State.UNTOLD, Fee(8900), None)
    assert [slot.starts_at.hour for slot in outcome.slots] == [9]
    assert Booking.objects.count() == 0


def test_nothing_is_asked_where_nothing_is_charged(shop, now):
    def told(fee):
        raise AssertionError("there is nothing to be told")

    assert ask(shop, now, told=told).state is State.BOOKED
    assert Booking.objects.get().fee_told_at is None


def test_a_hold_needs_no_telling_but_its_booking_does(priced, now):
    assert hold(priced, now, told=never).state is State.HELD
    held = Booking.objects.get()
    assert (held.visit_fee, held.fee_told_at) == (Decimal(89), None)
    assert ask(priced, now, told=never).state is State.UNTOLD
    held.refresh_from_db()
    assert held.status == Booking.Status.HELD
    assert ask(priced, now, told=lambda fee: now).state is State.BOOKED
    held.refresh_from_db()
    assert (held.status, held.visit_fee, held.fee_told_at) == ("booked", Decimal(89), now)


def test_a_move_that_costs_more_is_told_first(priced, now):
    booking = ask(priced, now, told=lambda fee: now).booking
    later = now + timedelta(minutes=5)
    evening = {"when": When(TOMORROW, NIGHT), "urgency": Urgency.URGENT}
    untold = reschedule(priced, booking, later, told=never, **evening)
    assert (untold.state, untold.fee, untold.booking.pk) == (State.UNTOLD, Fee(8900, 6000), booking.pk)
    assert fees.costs_more(untold.fee, untold.booking) == 6000
    assert reschedule(priced, booking, later, told=lambda fee: later, **evening).state is State.MOVED
    booking.refresh_from_db()
    assert (booking.visit_fee, booking.fee_told_at) == (Decimal(149), later)
    # Back to regular hours it costs less, and nobody has to be asked.
    assert reschedule(priced, booking, later, told=never, when=When(TOMORROW, time(10))).state is State.MOVED
    booking.refresh_from_db()
    assert (booking.visit_fee, booking.fee_told_at) == (Decimal(89), later)


def test_a_move_at_the_same_fee_tells_what_nobody_told_yet(priced, now):
    booking = ask(priced, now, origin="desk:dee", by="desk:dee").booking
    later = now + timedelta(minutes=5)
    assert reschedule(priced, booking, later, told=never, when=When(TOMORROW, time(10))).state is State.MOVED
    booking.refresh_from_db()
    assert (booking.visit_fee, booking.fee_told_at) == (Decimal(89), later)


def test_a_corrected_address_has_the_fee_of_its_area(priced, now):
    ServiceArea.objects.create(shop=priced, name="Manhattan", zip_codes="100*", trip_fee=0)
    ServiceArea.objects.create(shop=priced, name="the Bronx", zip_codes="104*", trip_fee=25)
    ask(priced, now, told=lambda fee: now)
    ask(priced, now + timedelta(seconds=9), told=never, address="1 Grand Concourse, Bronx 10451")
    booking = Booking.objects.get()
    assert (booking.visit_fee, booking.trip_fee, booking.fee_told_at) == (Decimal(89), Decimal(25), now)


def test_a_move_by_a_person_leaves_the_fee_as_it_was_told(priced, now):
    booking = ask(priced, now, told=lambda fee: now).booking
    visit = booking.visits.get()
    wish = dispatching.Move(
        visit_id=visit.pk, version=visit.version, technician_id=visit.technician_id, by="desk:dee", despite=True,
        starts_at=at(19, shop=priced),
    )  # fmt: skip
    dispatching.move(roster_of(priced), wish, now=now)
    booking.refresh_from_db()
    assert booking.promised_from == at(19, shop=priced)
    assert (booking.visit_fee, booking.fee_told_at) == (Decimal(89), now)
