"""An emergency at the desk: in red on every page, its own page step by step, taken and released by a person."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import expect

from bookings import models
from bookings.services import concerns, leads
from telephony import alarms
from telephony.models import Alert, Emergency
from tests.desk import shelf
from tests.desk.test_admin_scope import page
from tests.factories import a_shop

NOBODY = "Nobody has it yet."


@pytest.fixture
def raised(shop, now):
    return shelf.danger(shop, now - timedelta(minutes=3))


def act(client, what, emergency):
    return client.post(reverse(f"admin:telephony_emergency_{what}", args=[emergency.pk]), follow=True)


def banner(client, url):
    text = client.get(url, follow=True).content.decode()
    return "Emergency: gas." in text and NOBODY in text


@pytest.mark.parametrize(
    "url", ["/board/", "/board/?fragment=1", "/admin/", "/admin/bookings/booking/", "/admin/bookings/oncallturn/fill/"]
)
def test_every_page_says_so_until_somebody_has_it(desk, raised, url):
    assert banner(desk, url)
    assert f'href="/inbox/?group=emergencies&amp;open=emergency-{raised.pk}"' in desk.get(url, follow=True).content.decode()
    alarms.acknowledge(raised.pk, by="Fran", now=raised.heard_at)
    assert not banner(desk, url)


def test_the_page_of_who_is_not_signed_in_says_nothing(client, raised):
    assert not banner(client, "/admin/login/")


def test_only_one_s_own_shop_s_emergencies_are_shown(desk, other_shop, now):
    theirs = shelf.danger(other_shop, now)
    assert not banner(desk, "/admin/")
    assert not banner(desk, "/board/")
    for what in ("take", "release"):
        assert act(desk, what, theirs).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.acknowledged_at, theirs.released_at) == (None, None)


def test_several_are_counted_and_the_oldest_is_named(desk, shop, raised, now):
    shelf.danger(shop, now, origin="call:y", danger="fire")
    text = desk.get("/admin/").content.decode()
    assert "2 emergencies that nobody has." in text
    assert "The oldest: gas, (212) 555-0209" in text
    listed = desk.get(page(Emergency, "changelist"), {"stands": "open"})
    assert len(listed.context["cl"].result_list) == 2


@pytest.mark.parametrize("url", ["/board/", "/admin/bookings/lead/"])
def test_a_red_page_costs_no_statement_more(desk, shop, now, url):
    desk.get(url)
    counts = []
    for n in range(3):
        with CaptureQueriesContext(connection) as asked:
            desk.get(url)
        counts.append(len(asked))
        shelf.danger(shop, now, origin=f"call:{n}")
    assert len(set(counts)) == 1


def test_the_board_notices(desk, shop, now):
    token = desk.get("/board/changes")["ETag"]
    raised = shelf.danger(shop, now)
    changed = desk.get("/board/changes", headers={"If-None-Match": token})
    assert changed.status_code == 200
    assert desk.get("/board/changes", headers={"If-None-Match": changed["ETag"]}).status_code == 304
    alarms.acknowledge(raised.pk, by="Fran", now=now)
    assert desk.get("/board/changes", headers={"If-None-Match": changed["ETag"]}).status_code == 200


# --- Its page --------------------------------------------------------------------------------------------------------------


def test_whom_it_is_told_that_somebody_has_it_is_among_the_steps(desk, raised, now):
    raised.alerts.update(placed_at=now)
    alarms.acknowledge(raised.pk, by="Dee", now=now)
    answer = desk.get(page(Emergency, "change", raised.pk))
    steps = [(line.what, line.text, line.tone) for line in answer.context["lines"]]
    assert ("Text that it is taken to Fran, round 1", "Waits, so that texts are a minute apart", "wait") in steps


def test_the_page_has_what_was_said_the_words_that_answer_it_and_every_step(desk, shop, raised, now):
    raised.alerts.filter(channel="call").update(status="unanswered", note="No answer")
    message = models.OutgoingMessage.objects.create(
        shop=shop, reason="alarm:1", to="+12125550191", body="x", created_at=now, next_attempt_at=now, status="delivered"
    )
    raised.alerts.filter(channel="text").update(status="told", message=message)
    Emergency.objects.update(gave_up_at=now)
    answer = desk.get(page(Emergency, "change", raised.pk))
    assert [(line.what, line.text, line.tone) for line in answer.context["lines"]] == [
        ("Said in the call: gas", "I smell gas", "bad"),
        ("The safety words were given to be spoken", "", "good"),
        ("Text to Fran, round 1", "Delivered", ""),
        ("Call to Fran, round 1", "No answer", "wait"),
        ("Nobody took it", "Nobody else is told.", "bad"),
    ]
    text = answer.content.decode()
    for each in ("I smell gas", "Leave the building now.", "tel:+12125550209", "(212) 555-0209", "I have it", "Safe again"):
        assert each in text, each
    assert "8:57:00 am" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "due"}, "To be placed"), ({"status": "placing", "twilio_sid": "CA1"}, "Rings"),
        ({"status": "told"}, "Picked up"), ({"status": "told", "ended_at": "2026-11-24T14:00Z"}, "Picked up, no key pressed"),
        ({"status": "acknowledged"}, "Took it"), ({"status": "failed", "note": "Twilio refused the call (21211)"},
         "Twilio refused the call (21211)"),
    ],
)  # fmt: skip
def test_a_step_says_how_it_stands(desk, raised, fields, words):
    raised.alerts.filter(channel="call").update(**fields)
    lines = desk.get(page(Emergency, "change", raised.pk)).context["lines"]
    assert next(line.text for line in lines if line.what.startswith("Call")) == words


def test_a_long_ladder_costs_as_many_statements_as_a_short_one(desk, shop, raised, now):
    url = page(Emergency, "change", raised.pk)
    desk.get(url)
    counts = []
    for round_ in (2, 3):
        with CaptureQueriesContext(connection) as asked:
            desk.get(url)
        counts.append(len(asked))
        for n in range(6):
            for channel in (Alert.Channel.TEXT, Alert.Channel.CALL):
                Alert.objects.create(
                    emergency=raised,
                    shop=shop,
                    round=round_,
                    name="x",
                    number=f"+1212555{n:04d}",
                    channel=channel,
                    created_at=now,
                )
    assert len(set(counts)) == 1


def test_a_dispatcher_takes_it_once(desk, shop, raised, now):
    concerns.raise_once(models.Concern.Kind.UNACKNOWLEDGED, f"emergency:{raised.pk}", "x", shop_id=shop.pk, now=now)
    assert "It is yours: nobody else is told. Call back." in act(desk, "take", raised).content.decode()
    raised.refresh_from_db()
    assert (raised.acknowledged_by, raised.acknowledged_at, raised.next_step_at) == ("dee at the desk", now, None)
    assert raised.released_at is None
    assert models.Concern.objects.get().status == "done"
    assert "dee at the desk has it already." in act(desk, "take", raised).content.decode()
    assert "I have it: tell" not in desk.get(page(Emergency, "change", raised.pk)).content.decode()


def test_safe_again_lets_the_call_book_and_leaves_nothing_to_do(desk, shop, raised, now):
    leads.keep(shop_id=shop.pk, origin=raised.origin, reason=models.Lead.Reason.EMERGENCY, phone=raised.phone, now=now)
    kind = models.Concern.Kind.EMERGENCY
    concerns.raise_once(kind, raised.origin, "Danger was heard.", shop_id=shop.pk, origin=raised.origin, now=now)
    assert "Safe again: this call may book, and nobody else is told." in act(desk, "release", raised).content.decode()
    raised.refresh_from_db()
    assert (raised.released_by, raised.released_at) == ("dee at the desk", now)
    assert (raised.acknowledged_by, raised.next_step_at) == ("dee at the desk", None)
    assert (models.Lead.objects.get().status, models.Concern.objects.get().status) == ("done", "done")
    assert "Safe again, says dee at the desk" in desk.get(page(Emergency, "change", raised.pk)).content.decode()
    assert "It was marked as safe already." in act(desk, "release", raised).content.decode()


def test_the_list_takes_several(desk, shop, raised, now):
    other = shelf.danger(shop, now, origin="call:y")
    desk.post(page(Emergency, "changelist"), {"action": "take", "_selected_action": [raised.pk, other.pk]})
    assert set(Emergency.objects.values_list("acknowledged_by", flat=True)) == {"dee at the desk"}


@pytest.mark.parametrize("what", ["take", "release"])
def test_a_look_or_a_stranger_takes_nothing(desk, client, raised, what, django_user_model):
    url = reverse(f"admin:telephony_emergency_{what}", args=[raised.pk])
    assert desk.get(url).status_code == 405
    client.force_login(django_user_model.objects.create_user("temp", is_staff=True))
    assert client.post(url).status_code == 403
    client.logout()
    assert client.post(url).status_code == 302
    raised.refresh_from_db()
    assert (raised.acknowledged_at, raised.released_at) == (None, None)


def test_an_empty_list_says_what_will_stand_there(desk):
    text = desk.get(page(Emergency, "changelist")).content.decode()
    assert "No emergencies yet" in text
    assert "Set up who that is under On call." in text


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_emergency_appears_on_an_open_board_and_is_taken(page, sign_in, now):
    shop = a_shop()
    sign_in(shelf.dispatcher(shop))
    page.goto("/board/")
    expect(page.locator("#board")).to_be_visible()
    expect(page.locator(".desk-alarm")).to_have_count(0)
    raised = shelf.danger(shop, now)
    expect(page.locator(".desk-alarm")).to_contain_text("Emergency: gas.", timeout=8000)
    page.locator(".desk-alarm a").click()
    page.get_by_role("button", name="I have it").click()
    expect(page.locator("body")).to_contain_text("It is yours")
    expect(page.locator(".desk-alarm")).to_have_count(0)
    raised.refresh_from_db()
    assert raised.acknowledged_by == "dee at the desk"
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
