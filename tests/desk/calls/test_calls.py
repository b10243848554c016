"""The page of all calls: those that go on, kept true by a token, and those that are over, searched and narrowed."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Lead, ServiceType
from bookings.services import customers, leads
from telephony.models import Call, MarkedNumber, Ring
from tests.browser import PHONE
from tests.desk import shelf
from tests.desk.calls.test_call_page import event, tool
from tests.factories import CustomerFactory, a_shop

ANN = "+12125550209"


def url(**query):
    return reverse("calls", query=query)


def running(shop, now, seconds=80, **fields):
    began = now - timedelta(seconds=seconds)
    given = {"vapi_id": f"v-{shop.pk}-{seconds}", "from_number": ANN, "stage": "assistant"} | fields
    return Call.objects.create(shop=shop, started_at=began, **given)


def over(shop, now, hours=1, **fields):
    began = now - timedelta(hours=hours)
    given = {"twilio_sid": f"CA{shop.pk}-{hours}", "from_number": ANN, "stage": "ended", "outcome": "answered"} | fields
    return Call.objects.create(shop=shop, started_at=began, ended_at=began + timedelta(seconds=75), **given)


def live(desk, **query):
    return desk.get(url(**query)).context["live"]


def found(desk, **query):
    return [row.call.pk for row in desk.get(url(**query)).context["past"].rows]


def test_a_running_call_says_who_how_long_and_what_is_being_done(desk, shop, now):
    call = running(shop, now)
    CustomerFactory(shop=shop, name="Ann Ace", name_key="ann ace", phone=ANN)
    event(call, 5, "transcript", "user", "final", "My furnace is <b>out</b>.")
    tool(call, 6, "checkAvailability", "offered", "Nine or ten.")
    event(call, 7, "transcript", "assistant", "partial", "I have nine or")
    (each,) = live(desk)
    assert (each.pk, each.who, each.number, each.started_at) == (call.pk, "Ann Ace", "(212) 555-0209", call.started_at)
    assert (each.doing, each.speaker, each.said) == ("Looked for times: times offered", "Assistant", "I have nine or")
    assert found(desk) == []


@pytest.mark.parametrize(
    ("fields", "doing"),
    [
        ({"stage": "ringing"}, "Waits for the assistant"),
        ({}, "With the assistant"),
        ({"put_through_at": "2026-11-24T14:00Z", "wants_person": "a bill"}, "Being put through to a person"),
        ({"stage": "dispatcher"}, "Being put through to a person"),
        ({"stage": "voicemail"}, "At the voicemail"),
    ],
)
def test_where_a_running_call_is_has_its_words(desk, shop, now, fields, doing):
    running(shop, now, **fields)
    assert [each.doing for each in live(desk)] == [doing]


@pytest.mark.parametrize(("status", "doing"), [("ringing", "Olga is rung"), ("accepted", "Speaks with Olga")])
def test_whoever_is_rung_is_named(desk, shop, now, status, doing):
    call = running(shop, now, stage="dispatcher")
    Ring.objects.create(call=call, shop=shop, step=0, name="Maria", number="+12125550121", rung="First", status="unanswered")
    Ring.objects.create(call=call, shop=shop, step=1, name="Olga", number="+12125550122", rung="Owner", status=status)
    assert [each.doing for each in live(desk)] == [doing]


def test_whoever_was_put_through_is_booked_by_hand_from_there(desk, shop, now):
    """While the assistant has the call it books; two would book twice."""
    call, to = running(shop, now), f"{reverse('board-new')}?shop={shop.pk}&amp;phone=%2B12125550209"
    assert f'href="{to}"' not in desk.get(url()).content.decode()
    Call.objects.filter(pk=call.pk).update(stage="dispatcher")
    assert f'href="{to}"' in desk.get(url()).content.decode()
    Call.objects.filter(pk=call.pk).update(from_number="")
    assert f'href="{reverse("board-new")}?' not in desk.get(url()).content.decode()


def test_a_danger_in_a_running_call_is_marked_until_it_is_over(desk, shop, now):
    call = running(shop, now)
    danger = shelf.danger(shop, now, origin=call.origin, call=call)
    text = desk.get(url()).content.decode()
    assert "Emergency: gas." in text
    assert reverse("admin:telephony_emergency_change", args=[danger.pk]) in text
    danger.released_at = now
    danger.save(update_fields=["released_at"])
    assert [each.alarm for each in live(desk)] == [""]


def test_a_number_of_several_people_names_none(desk, shop, now):
    running(shop, now)
    for name in ("Ann", "Bob"):
        CustomerFactory(shop=shop, name=name, name_key=name.lower(), phone=ANN)
    (each,) = live(desk)
    assert (each.who, each.customer_id) == ("2 customers have this number", None)


def test_who_turned_out_to_be_one_is_one(desk, shop, now):
    running(shop, now)
    ann = customers.customer(shop_id=shop.pk, name="Ann Ace", phone="+12125550208")
    CustomerFactory(shop=shop, name="A. Ace", name_key="a ace", phone=ANN, merged_into=ann)
    (each,) = live(desk)
    assert (each.who, each.customer_id) == ("Ann Ace", ann.pk)


def test_a_call_that_never_reported_its_end_is_with_the_past_ones(desk, shop, now):
    lost = running(shop, now, seconds=13 * 3600)
    assert live(desk) == []
    assert found(desk) == [lost.pk]


def test_what_runs_is_asked_for_by_token(desk, shop, now):
    call = running(shop, now)
    first = desk.get(reverse("calls-live"))
    assert (first.status_code, f'"{desk.get(url()).context["token"]}"') == (200, first["ETag"])
    same = {"If-None-Match": first["ETag"]}
    again = desk.get(reverse("calls-live"), headers=same)
    assert (again.status_code, again.content) == (304, b"")
    event(call, 79, "transcript", "user", "partial", "and my water")
    assert "and my water" in desk.get(reverse("calls-live"), headers=same).content.decode()
    second = desk.get(reverse("calls-live"))["ETag"]
    Call.objects.filter(pk=call.pk).update(stage="ended", ended_at=now)
    last = desk.get(reverse("calls-live"), headers={"If-None-Match": second}).content.decode()
    assert "No call at the moment." in last


def test_the_token_costs_few_statements_however_many_calls_run(desk, shop, now):
    running(shop, now)
    token = desk.get(reverse("calls-live"))["ETag"]
    with CaptureQueriesContext(connection) as one:
        assert desk.get(reverse("calls-live"), headers={"If-None-Match": token}).status_code == 304
    for n in range(20):
        running(shop, now, seconds=100 + n)
    token = desk.get(reverse("calls-live"))["ETag"]
    with CaptureQueriesContext(connection) as many:
        assert desk.get(reverse("calls-live"), headers={"If-None-Match": token}).status_code == 304
    assert len(one) == len(many) == 4  # session, user, shops, the calls


def test_past_calls_are_searched_by_name_number_reference_and_words(desk, shop, now):
    ann = over(shop, now, 1, summary="The boiler leaks.")
    bob = over(shop, now, 2, from_number="+12125550208", transcript="User: It rattles 100%.")
    other = over(shop, now, 3, from_number="")
    CustomerFactory(shop=shop, name="Ann Ace", name_key="ann ace", phone=ANN)
    booking = shelf.book(shop, now, on=date(2026, 11, 25), origin=other.origin, name="Cy Young", phone="+12125550207")
    assert found(desk) == [ann.pk, bob.pk, other.pk]
    assert found(desk, q="ann ac") == [ann.pk]
    assert found(desk, q="cy young") == found(desk, q=booking.reference.lower()) == [other.pk]
    assert found(desk, q="(212) 555-0208") == [bob.pk]
    assert found(desk, q="BOILER") == [ann.pk]
    assert found(desk, q="100%") == [bob.pk]
    assert found(desk, q="_") == found(desk, q="nothing of it") == []
    text = desk.get(url(q="nothing of it")).content.decode()
    assert "No past call matches" in text


def test_past_calls_are_narrowed(desk, shop, now):
    booked = over(shop, now, 1, outcome="booked")
    spanish = over(shop, now, 2, language="es")
    yesterday = over(shop, now, 24, outcome="failed")
    repair, tune = ServiceType.objects.filter(shop=shop).order_by("pk")[:2]
    shelf.book(shop, now, on=date(2026, 11, 25), origin=booked.origin)
    leads.keep(shop_id=shop.pk, origin=spanish.origin, reason=Lead.Reason.NO_TIME, phone=ANN, now=now, service_id=tune.pk)
    assert found(desk, outcome="booked") == [booked.pk]
    assert found(desk, language="es") == [spanish.pk]
    assert found(desk, day="2026-11-23") == [yesterday.pk]
    assert found(desk, day="2026-11-24") == [booked.pk, spanish.pk]
    assert found(desk, service=repair.pk) == [booked.pk]
    assert found(desk, service=tune.pk) == [spanish.pk]
    assert found(desk, outcome="booked", day="2026-11-23") == []
    assert found(desk, outcome="x", day="x", service="x", page="x") == [booked.pk, spanish.pk, yesterday.pk]


def test_a_day_is_the_shop_s(desk, shop, now):
    late = over(shop, now.replace(hour=4, minute=30), 0)  # half past eleven in the evening in New York
    assert found(desk, day="2026-11-23") == [late.pk]
    assert found(desk, day="2026-11-24") == []


def test_past_calls_come_in_pages(desk, shop, now):
    calls = [over(shop, now, n + 1, twilio_sid=f"CAp{n}").pk for n in range(45)]
    assert found(desk) == calls[:40]
    assert found(desk, page=2) == calls[40:]
    text = desk.get(url(q="212555", page=1)).content.decode()
    assert "?q=212555&amp;page=2" in text
    part = desk.get(url(page=2, fragment="past"))
    assert [row.call.pk for row in part.context["past"].rows] == calls[40:]
    assert "calls-live" not in part.content.decode()
    assert desk.get(url(page=9)).context["past"].rows == []


def test_the_list_says_what_came_of_it_in_words(desk, shop, now):
    over(shop, now, 1, outcome="abandoned")
    call = over(shop, now, 2, outcome="booked", summary="Booked a repair.")
    booking = shelf.book(shop, now, on=date(2026, 11, 25), origin=call.origin)
    text = desk.get(url()).content.decode()
    for words in ("Hung up", ">Booked<", booking.reference, "Booked a repair.", "1:15", "Tue 24 Nov"):
        assert words in text, words


def test_the_list_costs_the_same_for_one_call_and_for_thirty(desk, shop, now):
    counts = []
    for n in (1, 30):
        for each in range(n):
            call = over(shop, now, each + 1, twilio_sid=f"CA{n}-{each}", from_number=f"+1212555{each:04d}")
            CustomerFactory(shop=shop, name=f"P {n} {each}", name_key=f"p {n} {each}", phone=call.from_number)
        running(shop, now, seconds=100 + n)
        with CaptureQueriesContext(connection) as asked:
            desk.get(url())
        with CaptureQueriesContext(connection) as searched:
            desk.get(url(q="P"))
        counts.append((len(asked), len(searched)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 11


def test_a_shop_without_calls_says_what_to_do(desk):
    text = desk.get(url()).content.decode()
    assert "No call at the moment." in text
    assert "Ring the shop's number to try it out." in text.replace("&#x27;", "'")


def test_another_shop_s_calls_are_not_there(client, shop, other_shop, now):
    mine, theirs = over(shop, now, 1), running(shop, now)
    CustomerFactory(shop=shop, name="Ann Ace", name_key="ann ace", phone=ANN)
    client.force_login(shelf.dispatcher(other_shop, username="stranger"))
    answer = client.get(url())
    assert (answer.context["live"], answer.context["past"].rows) == ([], [])
    assert found(client, q="Ann") == []
    service = ServiceType.objects.filter(shop=shop)[0]
    assert found(client, service=service.pk) == []
    assert "Ann Ace" not in client.get(reverse("calls-live")).content.decode()
    assert [client.get(reverse("call", args=[each.pk])).status_code for each in (mine, theirs)] == [404, 404]


def test_strangers_are_sent_to_sign_in_and_technicians_refused(client, shop, now):
    call = over(shop, now)
    pages = [url(), reverse("calls-live"), reverse("call", args=[call.pk]), reverse("call-told", args=[call.pk])]
    assert {client.get(address).status_code for address in pages} == {302}
    client.force_login(shelf.technician(shop))
    assert {client.get(address).status_code for address in pages} == {403}
    assert client.post(reverse("call-mark", args=[call.pk]), {"kind": "spam"}).status_code == 403
    assert not MarkedNumber.objects.exists()


def test_whoever_works_for_two_shops_sees_which_is_which(client, shop, other_shop, now):
    running(shop, now)
    over(other_shop, now)
    client.force_login(shelf.dispatcher(shop, other_shop, username="both"))
    text = client.get(url()).content.decode()
    assert "ABC HVAC" in text
    assert "Other Air" in text


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_calls_come_and_go_by_themselves(page, sign_in):
    shop = a_shop()
    sign_in(shelf.dispatcher(shop))
    page.goto("/calls/")
    expect(page.locator(".cl-none")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.locator("#calls-search")).to_be_focused()
    page.keyboard.type("bo")
    call = running(shop, timezone.now(), seconds=70)
    card = page.locator(f"[data-call='{call.pk}']")
    expect(card).to_be_visible(timeout=4000)
    first = card.locator(".cl-clock").inner_text()
    expect(card.locator(".cl-clock")).not_to_have_text(first, timeout=3000)
    tool(call, 60, "checkAvailability", "offered", "Nine or ten.")
    expect(card).to_contain_text("Looked for times: times offered", timeout=4000)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    Call.objects.filter(pk=call.pk).update(ended_at=timezone.now(), stage="ended", outcome="booked", summary="A repair.")
    expect(page.locator("#calls-past")).to_contain_text("A repair.", timeout=4000)
    assert page.input_value("#calls-search") == "bo"
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.locator("#calls-past a").first.click()
    expect(page.locator(".call-timeline")).to_contain_text("Looked for times")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
