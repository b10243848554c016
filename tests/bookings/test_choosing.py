"""A time and a technician that a person chose: by the rules, against one where they say so, never an overlap unmarked."""

from datetime import datetime, time, timedelta
from functools import partial

import pytest

from bookings.errors import RefusedError
from bookings.models import Booking, CrewMember, ServiceArea, ServiceType, Technician, TimeOff, Visit
from bookings.services import choosing, transactions
from bookings.services.asking import State, When
from bookings.services.choosing import Choice
from tests.bookings.asking import TOMORROW, ask, hold, request, roster_of
from tests.factories import a_shop


@pytest.fixture
def shop(db):
    return a_shop(technicians=2)


@pytest.fixture
def technician(shop):
    return Technician.objects.filter(shop=shop).order_by("pk")[1]


def at(shop, hour, minute=0, on=TOMORROW):
    return datetime.combine(on, time(hour, minute), shop.zone)


def asked(shop, now, technician, hour=9, minute=0, **changes):
    return request(
        shop, now, **{"origin": "desk:dee:1", "by": "desk:dee", "technician": technician.pk,
                      "when": When(TOMORROW, time(hour, minute)), **changes}
    )  # fmt: skip


def choose(shop, now, technician, hour=9, minute=0, *, despite=False, overbook=False, **changes):
    wanted = asked(shop, now, technician, hour, minute, **changes)
    choice = Choice(request=wanted, despite=despite, overbook=overbook)
    return transactions.run(wanted.origin, lambda: choosing.book(roster_of(shop), choice, now=now))


def refusal(call):
    with pytest.raises(RefusedError) as refused:
        call()
    return refused.value


def rules(found):
    return [each.rule for each in found]


def test_it_is_just_that_technician_at_just_that_minute_and_pinned(shop, now, technician):
    outcome = choose(shop, now, technician, 13, 10)
    assert outcome.state is State.BOOKED
    visit = Visit.objects.get()
    assert (visit.technician_id, visit.starts_at, visit.ends_at) == (technician.pk, at(shop, 13, 10), at(shop, 15, 10))
    assert (visit.pinned, visit.overbooked) == (True, False)
    booking = Booking.objects.get()
    assert (booking.promised_from, booking.promised_to) == (at(shop, 13, 10), at(shop, 15, 10))
    assert (str(booking.customer), str(booking.property)) == ("Jane Doe", "12 Main St, New York 10001")
    change = booking.changes.get()
    assert (change.kind, change.by, change.detail["technician"], change.detail["overruled"]) == (
        "booked", "desk:dee", technician.pk, []
    )  # fmt: skip


def test_a_rule_refuses_until_it_is_overruled_and_the_history_says_so(shop, now, technician):
    TimeOff.objects.create(shop=shop, technician=technician, starts_at=at(shop, 13), ends_at=at(shop, 17))
    assert rules(choosing.objections(roster_of(shop), asked(shop, now, technician, 13), now=now)) == ["off"]
    refused = refusal(lambda: choose(shop, now, technician, 13))
    assert (refused.code, rules(refused.facts["refusals"])) == ("refused", ["off"])
    assert refusal(lambda: choose(shop, now, technician, 13, overbook=True)).code == "refused"
    assert Booking.objects.count() == 0
    choose(shop, now, technician, 13, despite=True)
    assert [rule for rule, *_ in Booking.objects.get().changes.get().detail["overruled"]] == ["off"]


def test_an_overlap_is_only_had_as_overbooked(shop, now, technician):
    choose(shop, now, technician, 13)
    other = {"origin": "desk:eve:1", "customer_name": "Ann Other"}
    assert rules(choosing.objections(roster_of(shop), asked(shop, now, technician, 14, **other), now=now)) == ["visit"]
    assert refusal(lambda: choose(shop, now, technician, 14, **other)).code == "overlaps"
    assert refusal(lambda: choose(shop, now, technician, 14, despite=True, **other)).code == "overlaps"
    assert Booking.objects.count() == 1
    choose(shop, now, technician, 14, overbook=True, **other)
    assert list(Visit.objects.order_by("pk").values_list("overbooked", flat=True)) == [False, True]


def test_the_same_form_books_once_and_gives_up_what_it_held(shop, now, technician):
    held = hold(shop, now, origin="desk:dee:1", when=When(TOMORROW, time(9))).booking
    first = choose(shop, now, technician, 14)
    again = choose(shop, now, technician, 16)
    assert (again.state, again.booking.pk) == (State.UNCHANGED, first.booking.pk)
    held.refresh_from_db()
    assert held.status == Booking.Status.LAPSED
    assert Visit.objects.filter(status=Visit.Status.ACTIVE).get().starts_at == at(shop, 14)


def test_what_the_form_itself_holds_speaks_against_nothing(shop, now):
    held = hold(shop, now, origin="desk:dee:1", when=When(TOMORROW, time(9))).booking
    same = held.visits.get().technician
    assert choosing.objections(roster_of(shop), asked(shop, now, same), now=now) == []
    assert rules(choosing.objections(roster_of(shop), asked(shop, now, same, origin="desk:eve:2"), now=now)) == ["visit"]
    assert choose(shop, now, same).booking.promised_from == at(shop, 9)


def test_now_is_not_past_but_an_hour_ago_is(shop, now, technician):
    local = now.astimezone(shop.zone)
    today = partial(choose, shop, now, technician)
    early = local - timedelta(hours=1)
    assert refusal(lambda: today(when=When(early.date(), early.time()))).code == "past"
    shortly_before = local - timedelta(minutes=3)
    assert today(when=When(shortly_before.date(), shortly_before.time())).state is State.BOOKED


def test_who_is_gone_and_who_has_no_name(shop, now, technician):
    stranger = Technician.objects.filter(shop=a_shop()).first()
    assert refusal(lambda: choose(shop, now, stranger)).code == "technician_unknown"
    assert refusal(lambda: choose(shop, now, technician, customer_name="")).code == "name_missing"
    assert refusal(lambda: choose(shop, now, technician, customer_phone="")).code == "phone_missing"
    assert Booking.objects.count() == 0


def test_outside_of_the_area_is_a_rule_like_another(shop, now, technician):
    ServiceArea.objects.create(shop=shop, name="north", zip_codes="104*", weekdays=[0, 1, 2, 3, 4], trip_fee=25)
    refused = refusal(lambda: choose(shop, now, technician))
    assert [tuple(each) for each in refused.facts["refusals"]] == [("outside_area", ("10001",))]
    booking = choose(shop, now, technician, despite=True).booking
    assert booking.trip_fee == 0
    assert refusal(lambda: ask(shop, now, origin="call:2")).code == "outside_area"


def test_a_crew_goes_together_or_not_at_all(shop, now, technician):
    service = ServiceType.objects.get(shop=shop, key="repair")
    CrewMember.objects.create(shop=shop, service_type=service)
    shop.refresh_from_db()
    other = Technician.objects.filter(shop=shop).exclude(pk=technician.pk).get()
    TimeOff.objects.create(shop=shop, technician=other, starts_at=at(shop, 13), ends_at=at(shop, 17))
    refused = refusal(lambda: choose(shop, now, technician, 13, despite=True))
    assert (refused.code, rules(refused.facts["refusals"])) == ("refused", ["crew"])
    assert Booking.objects.count() == 0
    choose(shop, now, technician, 9)
    visits = Visit.objects.order_by("pk").values_list("technician", "role", "pinned")
    assert list(visits) == [(technician.pk, "lead", True), (other.pk, "helper", False)]


def test_a_caller_moves_it_and_keeps_the_technician(shop, now, technician):
    from tests.bookings.asking import reschedule

    booking = choose(shop, now, technician, 9).booking
    assert reschedule(shop, booking, now, when=When(TOMORROW, time(14))).state is State.MOVED
    visit = Visit.objects.get()
    assert (visit.technician_id, visit.pinned, visit.starts_at) == (technician.pk, True, at(shop, 14))
