"""The daily jobs through the inbox, in a real browser: an emergency, a caller, a conflict; what appears and what is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Lead, Visit
from desk.models import Handling
from telephony import alarms
from tests.browser import PHONE, arrived
from tests.desk import shelf as rows
from tests.desk.inbox.shelf import Kind, concern, lead
from tests.desk.test_conflicts_browser import concern as conflict
from tests.desk.test_conflicts_browser import sideways
from tests.factories import a_shop

__all__ = ["conflict"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SOON = 8000  # two seconds where nothing else runs: the page asks every 1.2 seconds


@pytest.fixture
def shop(live_server):
    return a_shop()


@pytest.fixture
def inbox(page, sign_in, shop):
    """The page, signed in at the shop's desk."""
    sign_in(rows.dispatcher(shop))
    return page


def item(page, row, kind):
    return page.locator(f"#item-{kind}-{row.pk}")


def test_an_emergency_appears_by_itself_is_heard_taken_and_over(inbox, shop):
    page = inbox
    page.goto("/inbox/")
    expect(page.locator("#inbox")).to_contain_text("Nothing needs you")
    expect(page).to_have_title("What needs me | hvacsched")
    page.get_by_role("button", name="Sound off").click()
    expect(page.get_by_role("button", name="Sound on")).to_have_attribute("aria-pressed", "true")
    page.evaluate("addEventListener('desk:rang', () => (window.rang = (window.rang ?? 0) + 1))")
    emergency = rows.danger(shop, timezone.now(), origin="call:5")
    expect(item(page, emergency, "emergency")).to_contain_text("Gas: nobody has it", timeout=SOON)
    expect(page).to_have_title("(1) What needs me | hvacsched")
    expect(page.locator('#nav-sidebar-apps a[href="/inbox/"]')).to_contain_text("1")
    expect(page.locator('link[rel="icon"]')).to_have_attribute("href", "/static/desk/favicon-alarm.svg")
    page.wait_for_function("window.rang >= 1", timeout=SOON)
    expect(page.locator(".desk-alarm")).to_contain_text("Nobody has it yet")
    page.get_by_role("button", name="I have it").click()
    expect(page.locator(".desk-alarm")).to_have_count(0)
    expect(page.locator("#ib-said")).to_contain_text("It is yours")
    expect(item(page, emergency, "emergency").get_by_role("link", name="Call")).to_have_attribute("href", "tel:+12125550209")
    page.get_by_role("button", name="Safe again").click()
    expect(page.locator("#inbox")).to_contain_text("Nothing needs you")
    expect(page).to_have_title("What needs me | hvacsched")
    emergency.refresh_from_db()
    assert (emergency.acknowledged_by, emergency.released_by) == ("dee at the desk", "dee at the desk")


def test_a_caller_is_called_back_by_keys_while_others_come_in_and_the_note_is_not_lost(inbox, shop):
    page, now = inbox, timezone.now()
    first = lead(shop, now - timedelta(minutes=12), origin="call:1", phone="+12125550231")
    second = lead(shop, now, origin="call:2", phone="+12125550232")
    page.goto("/inbox/")
    expect(item(page, first, "lead")).to_contain_text("12 min ago")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(item(page, first, "lead").locator("details")).to_have_attribute("open", "")
    page.keyboard.press("w")
    page.keyboard.type("Gate co")
    # Two others come in, and what one is writing about changes itself: nothing is lost.
    urgent = lead(shop, now, origin="call:3", urgent=True)
    Lead.objects.filter(pk=first.pk).update(wanted="No heat, and a leak")
    expect(item(page, urgent, "lead")).to_be_visible(timeout=SOON)
    expect(item(page, first, "lead")).to_contain_text("and a leak")
    page.keyboard.type("de 12")
    assert page.evaluate("document.activeElement.id") == f"note-lead-{first.pk}"
    page.keyboard.press("Enter")
    expect(page.locator("#ib-said")).to_contain_text("The note is kept.")
    assert Handling.objects.get().note == "Gate code 12"
    expect(item(page, first, "lead").get_by_role("link", name="Call back")).to_have_attribute("href", "tel:+12125550231")
    item(page, first, "lead").get_by_role("button", name="Reached").click()
    expect(item(page, first, "lead")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(item(page, first, "lead")).to_be_visible()
    item(page, second, "lead").get_by_role("button", name="No answer").click()
    expect(page.locator("#ib-said")).to_contain_text("it comes back at")
    page.get_by_role("link", name="Put aside").click()
    arrived(page, f"#item-lead-{second.pk}")
    expect(item(page, second, "lead")).to_contain_text("Called once, no answer")
    page.keyboard.press("?")
    expect(page.locator("#ib-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#ib-help")).to_be_hidden()


def test_a_conflict_is_resolved_on_a_telephone_and_taken_back(inbox, shop, conflict):
    page = inbox
    page.set_viewport_size(PHONE)
    concern(shop, timezone.now(), Kind.OTHER_TIME, said="See you Thursday", stands="Friday, 9 to 11", booking=conflict.booking)
    page.goto("/inbox/")
    assert sideways(page) <= 0
    row = item(page, conflict, "concern")
    row.locator("summary").click()
    expect(row).to_contain_text("In Google Calendar")
    assert sideways(page) <= 0
    for button in row.locator(".ib-steps .desk-button").all():
        assert button.bounding_box()["height"] >= 44
    row.get_by_role("button", name="Accept: move the visit and text the customer").click()
    expect(page.locator("#ib-said")).to_contain_text("follows: Sam Rivera")
    expect(row).to_have_count(0)
    assert Visit.objects.get().starts_at == conflict.proposed_starts_at
    assert sideways(page) <= 0
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#ib-said")).to_contain_text("is back with Sam Rivera")
    assert page.url.endswith("/inbox/")
    assert Visit.objects.get().starts_at == conflict.visit.starts_at


def test_an_emergency_shows_by_itself_on_a_page_that_is_open_already_and_leaves_once_somebody_has_it(inbox, shop):
    page = inbox
    page.goto("/admin/bookings/lead/")
    expect(page.locator(".desk-alarm")).to_have_count(0)
    emergency = rows.danger(shop, timezone.now(), origin="call:5")
    expect(page.locator(".desk-alarm")).to_contain_text("Emergency: gas", timeout=SOON)
    expect(page).to_have_title("(1) Callers to call back | hvacsched")
    alarms.acknowledge(emergency.pk, by="Fran", now=timezone.now())
    expect(page.locator(".desk-alarm")).to_have_count(0, timeout=SOON)


def test_two_browsers_see_each_other_s_doing_within_two_seconds(inbox, sign_in, shop, opens):
    waits = lead(shop, timezone.now())
    kim = opens()
    sign_in(rows.dispatcher(shop, username="kim"), of=kim)
    kims = item(kim, waits, "lead")
    for page in (inbox, kim):
        page.goto("/inbox/")
    kims.locator("summary").click()
    kims.get_by_role("button", name="It is mine").click()
    expect(kims.locator(".ib-owner")).to_have_text("Yours")
    expect(item(inbox, waits, "lead").locator(".ib-owner")).to_have_text("kim", timeout=2000)
    item(inbox, waits, "lead").get_by_role("button", name="Reached").click()
    expect(item(inbox, waits, "lead")).to_have_count(0)
    expect(kims).to_have_count(0, timeout=2000)
