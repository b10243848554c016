"""Why not: what callers asked for in vain, in words, on its own page and on the call's."""

import pytest
from django.urls import reverse

from bookings.models import Booking, Closure, Search, ServiceType, Technician
from bookings.services.whynot import compact
from telephony.models import Call
from tests.desk import shelf
from tests.desk.test_admin_scope import page


@pytest.fixture
def call(shop, now):
    return Call.objects.create(shop=shop, twilio_sid="CA1", from_number="+12125550209", started_at=now, ended_at=now)


@pytest.fixture
def search(shop, call, now):
    one = Technician.objects.filter(shop=shop)[0]
    return shelf.search(shop, ServiceType.objects.get(shop=shop, key="repair"), one, now, origin=call.origin)


def test_the_list_says_what_was_asked_and_offered(desk, search):
    text = desk.get(page(Search, "changelist")).content.decode()
    assert "Wednesday, November 25, in the morning, ZIP code 10001" in text
    assert "Wed 25 Nov, 1 pm" in text


@pytest.mark.parametrize(("term", "found"), [("10001", 1), ("2026-11-25", 1), ("repair", 1), ("99999", 0)])
def test_searches_are_found(desk, search, term, found):
    assert len(desk.get(page(Search, "changelist"), {"q": term}).context["cl"].result_list) == found


def test_an_empty_list_says_what_will_stand_there(desk):
    text = desk.get(page(Search, "changelist")).content.decode()
    assert "No searches without a booking yet" in text
    assert "what stood against it is kept here" in text
    text = desk.get(page(Search, "changelist"), {"q": "nothing"}).content.decode()
    assert "Nothing found" in text


def test_the_page_explains_by_technician_with_times(desk, shop, search, call):
    one = Technician.objects.filter(shop=shop)[0]
    answer = desk.get(page(Search, "change", search.pk))
    text = answer.content.decode()
    (named,) = answer.context["explained"].technicians
    assert named.technician == one.name
    assert [(each.when, each.could) for each in named.stretches] == [("8\u20139 am", False), ("At other times", True)]
    assert named.stretches[0].why.startswith("Another visit from")
    assert "3 more technicians: lack a skill." in text
    assert reverse("call", args=[call.pk]) in text


def test_whoever_left_keeps_their_name(desk, shop, search):
    one = Technician.objects.filter(shop=shop)[0]
    Technician.objects.filter(pk=one.pk).update(active=False)
    assert one.name in desk.get(page(Search, "change", search.pk)).content.decode()


def test_a_closed_day_is_one_sentence(desk, shop, search):
    Search.objects.filter(pk=search.pk).update(refused={"day": ["closed", "Inventory"]}, offered=[])
    text = desk.get(page(Search, "change", search.pk)).content.decode()
    assert "Nobody could come." in text
    assert "Closed for Inventory." in text


def test_what_the_rules_really_say_can_be_read(desk, shop, call, now):
    """A whole search through the engine, not a made-up row."""
    from datetime import date

    from bookings.engine.slots import Search as Look
    from bookings.services import jobs, occupancy, rosters

    Closure.objects.create(shop=shop, on=date(2026, 12, 1))
    shelf.book(shop, now, on=date(2026, 11, 25), origin="seed:1")
    shop.refresh_from_db()
    roster = rosters.of(shop.pk, shop.config_version)
    job = jobs.job(roster, roster.services[0], now=now, minutes=120)
    on = date(2026, 11, 25)
    refused = compact(Look(job, occupancy.read(roster, on, now=now)), on, None)
    row = Search.objects.create(
        shop=shop,
        origin=call.origin,
        at=now,
        service_type_id=roster.services[0].id,
        asked={"on": on.isoformat()},
        refused=refused,
    )
    explained = desk.get(page(Search, "change", row.pk)).context["explained"]
    assert len(explained.technicians) == 3
    assert explained.offered == "Nothing"


def test_a_call_that_ended_without_a_booking_says_why(desk, search, call):
    text = desk.get(reverse("call", args=[call.pk])).content.decode()
    assert page(Search, "change", search.pk) in text
    assert "Repair visit: Wednesday, November 25, in the morning, ZIP code 10001" in text
    assert "Another visit from" in text


def test_a_call_that_booked_or_is_under_way_does_not(desk, shop, search, call, now):
    url, link = reverse("call", args=[call.pk]), page(Search, "change", search.pk)
    Call.objects.filter(pk=call.pk).update(ended_at=None)
    assert link not in desk.get(url).content.decode()
    Call.objects.filter(pk=call.pk).update(ended_at=now)
    held = shelf.hold(shop, now, on=now.date().replace(day=25), origin=call.origin)
    text = desk.get(url).content.decode()
    assert link in text
    assert held.reference not in text
    Booking.objects.filter(pk=held.pk).update(status="cancelled")
    assert link not in desk.get(url).content.decode()


def test_a_stranger_s_searches_are_not_on_a_call_s_page(desk, shop, other_shop, call, now):
    theirs = shelf.search(
        other_shop, ServiceType.objects.filter(shop=other_shop).first(), Technician.objects.filter(shop=other_shop).first(), now,
        origin=call.origin,
    )  # fmt: skip
    assert page(Search, "change", theirs.pk) not in desk.get(reverse("call", args=[call.pk])).content.decode()


def test_searches_are_to_be_looked_at_only(admin_client, search):
    assert admin_client.get(page(Search, "add")).status_code == 403
    assert admin_client.post(page(Search, "change", search.pk), {}).status_code == 403
    assert admin_client.post(reverse("admin:bookings_search_delete", args=[search.pk]), {"post": "yes"}).status_code == 403
    assert Search.objects.count() == 1
