"""Moves by a person: against a rule where they say so, never against a picture that has changed."""

from datetime import datetime, time, timedelta

import pytest

from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, CrewMember, ServiceType, Technician, Visit
from bookings.services import dispatching
from bookings.services.asking import State, When
from bookings.services.dispatching import Move
from tests.bookings.asking import TOMORROW, ask, reschedule, roster_of
from tests.factories import a_shop


@pytest.fixture
def shop(db):
    return a_shop(technicians=2)


def at(shop, hour):
    return datetime.combine(TOMORROW, time(hour), shop.zone)


def move(shop, now, visit, **changes):
    wish = Move(
        **{
            "visit_id": visit.pk, "version": visit.version, "technician_id": visit.technician_id, "starts_at": visit.starts_at,
            "by": "desk:dee", **changes,
        }
    )  # fmt: skip
    return dispatching.move(roster_of(shop), wish, now=now)


def refusal(call):
    with pytest.raises(RefusedError) as refused:
        call()
    return refused.value


def test_another_technician_is_pinned_and_the_promise_stays(shop, now):
    visit = ask(shop, now).booking.visits.get()
    other = Technician.objects.exclude(pk=visit.technician_id).get()
    moved = move(shop, now, visit, technician_id=other.pk)
    assert (moved.technician_id, moved.pinned, moved.overbooked, moved.version) == (other.pk, True, False, 2)
    booking = Booking.objects.get()
    assert booking.promised_from == visit.starts_at
    change = booking.changes.latest("pk")
    assert (change.kind, change.by, change.detail["before"]["technician"]) == ("moved", "desk:dee", visit.technician_id)


def test_a_start_outside_of_the_promise_moves_the_promise(shop, now):
    visit = ask(shop, now).booking.visits.get()
    move(shop, now, visit, starts_at=at(shop, 10))
    assert Booking.objects.get().promised_from == at(shop, 9)
    move(shop, now, Visit.objects.get(), starts_at=at(shop, 14))
    booking = Booking.objects.get()
    assert (booking.promised_from, booking.promised_to) == (at(shop, 14), at(shop, 16))


def test_a_rule_refuses_until_it_is_overruled(shop, now):
    visit = ask(shop, now).booking.visits.get()
    late = {"starts_at": at(shop, 20)}
    refused = refusal(lambda: move(shop, now, visit, **late))
    assert (refused.code, [each.rule for each in refused.facts["refusals"]]) == ("refused", ["hours"])
    assert Visit.objects.get().version == 1
    assert move(shop, now, visit, **late, despite=True).starts_at == at(shop, 20)
    assert [rule for rule, *_ in BookingChange.objects.latest("pk").detail["overruled"]] == ["hours"]


def test_an_overlap_is_only_had_as_overbooked(shop, now):
    first, second = (ask(shop, now, origin=f"call:{n}").booking.visits.get() for n in range(2))
    assert first.technician_id != second.technician_id
    onto = {"technician_id": first.technician_id}
    assert refusal(lambda: move(shop, now, second, **onto)).code == "overlaps"
    assert refusal(lambda: move(shop, now, second, **onto, despite=True)).code == "overlaps"
    assert move(shop, now, second, **onto, overbook=True).overbooked is True
    free = move(shop, now, Visit.objects.get(pk=second.pk), starts_at=at(shop, 14))
    assert free.overbooked is False


def test_who_looks_at_an_old_picture_is_told_what_changed(shop, now):
    visit = ask(shop, now).booking.visits.get()
    ask(shop, now + timedelta(seconds=5), requested_at=now + timedelta(seconds=5), when=When(TOMORROW, time(13)))
    refused = refusal(lambda: move(shop, now, visit, starts_at=at(shop, 15)))
    assert refused.code == "changed"
    assert [(change.kind, change.by) for change in refused.facts["changes"]] == [("moved", "call:1")]
    assert Visit.objects.get().starts_at == at(shop, 13)


def test_a_caller_does_not_undo_a_persons_choice(shop, now):
    booking = ask(shop, now).booking
    visit = booking.visits.get()
    other = Technician.objects.exclude(pk=visit.technician_id).get()
    move(shop, now, visit, technician_id=other.pk)
    assert reschedule(shop, booking, now, when=When(TOMORROW, time(13))).state is State.MOVED
    kept = Visit.objects.get()
    assert (kept.technician_id, kept.pinned) == (other.pk, True)
    # Their time is taken at three; somebody else's is free, and does not count.
    blocker = ask(shop, now, origin="call:b", when=When(TOMORROW, time(15, 30))).booking.visits.get()
    if blocker.technician_id != other.pk:
        move(shop, now, blocker, technician_id=other.pk)
    assert reschedule(shop, booking, now, when=When(TOMORROW, time(15, 30))).state is State.TAKEN
    assert Visit.objects.get(pk=kept.pk).technician_id == other.pk


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"visit_id": 0}, "not_found"), ({"technician_id": 0}, "technician_unknown")],
)
def test_what_is_not_there(shop, now, changes, code):
    visit = ask(shop, now).booking.visits.get()
    assert refusal(lambda: move(shop, now, visit, **changes)).code == code
    assert Visit.objects.get().version == 1


def test_a_visit_of_another_shop_is_not_found(shop, now):
    visit = ask(shop, now).booking.visits.get()
    other = a_shop(technicians=1)
    wish = Move(visit_id=visit.pk, version=1, technician_id=visit.technician_id, starts_at=at(shop, 13), by="desk:eve")
    assert refusal(lambda: dispatching.move(roster_of(other), wish, now=now)).code == "not_found"


def test_not_into_the_past(shop, now):
    visit = ask(shop, now).booking.visits.get()
    assert refusal(lambda: move(shop, now, visit, starts_at=now - timedelta(hours=1))).code == "past"


def test_undo_puts_the_promise_back_as_it_was(shop, now):
    visit = ask(shop, now).booking.visits.get()
    move(shop, now, visit, starts_at=at(shop, 10))
    moved = move(shop, now, Visit.objects.get(), starts_at=at(shop, 14))
    assert Booking.objects.get().promised_from == at(shop, 14)
    back = move(shop, now, moved, starts_at=at(shop, 10), undo=True)
    booking = Booking.objects.get()
    assert (back.starts_at, booking.promised_from, booking.promised_to) == (at(shop, 10), at(shop, 9), at(shop, 11))
    assert list(booking.changes.values_list("kind", flat=True)) == ["booked", "moved", "moved", "moved"]


def test_the_mark_goes_when_nothing_overlaps_any_more(shop, now):
    first, second = (ask(shop, now, origin=f"call:{n}").booking.visits.get() for n in range(2))
    double = move(shop, now, second, technician_id=first.technician_id, overbook=True)
    assert dispatching.settle_overbooked(now=now) == 0
    move(shop, now, Visit.objects.get(pk=first.pk), starts_at=at(shop, 14))
    assert dispatching.settle_overbooked(now=now) == 1
    assert dispatching.settle_overbooked(now=now) == 0
    assert Visit.objects.get(pk=double.pk).overbooked is False
    # The database guards it again.
    assert refusal(lambda: move(shop, now, Visit.objects.get(pk=first.pk), starts_at=at(shop, 10))).code == "overlaps"


def test_a_booking_of_a_service_no_longer_offered_is_still_moved(shop, now):
    booking = ask(shop, now).booking
    ServiceType.objects.filter(key="repair").update(active=False)
    assert move(shop, now, booking.visits.get(), starts_at=at(shop, 14)).starts_at == at(shop, 14)
    assert reschedule(shop, booking, now, service="maintenance", when=When(TOMORROW, time(15))).state is State.MOVED


def test_a_helper_a_person_chose_goes_along_wherever_it_moves(db, now):
    shop = a_shop(technicians=4)
    CrewMember.objects.create(shop=shop, service_type=ServiceType.objects.get(shop=shop, key="repair"))
    booking = ask(shop, now).booking
    helper = booking.visits.get(role="helper")
    free = Technician.objects.exclude(visits__booking=booking).order_by("pk")[0]
    move(shop, now, helper, technician_id=free.pk)
    for hour in (13, 15, 8):
        assert reschedule(shop, booking, now, when=When(TOMORROW, time(hour))).state is State.MOVED
        along = booking.visits.get(role="helper")
        assert (along.technician_id, along.pinned) == (free.pk, True)
