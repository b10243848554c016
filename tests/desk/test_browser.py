"""The desk in a real browser: it keeps itself true, answers to its keys, and fits a phone."""

from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Technician
from tests.browser import PHONE
from tests.desk import shelf
from tests.factories import TechnicianFactory, a_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(live_server):
    return a_shop()


@pytest.fixture
def day(shop):
    """A weekday that is not today."""
    on = timezone.now().astimezone(shop.zone).date() + timedelta(days=1)
    while on.weekday() > 4:
        on += timedelta(days=1)
    return on


@pytest.fixture
def signed_in(page, shop, day):
    shelf.dispatcher(shop)
    page.goto(f"/board/?day={day}")
    page.get_by_label("Username").fill("dee")
    page.get_by_label("Password").fill("demo-dispatcher")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("#board")
    return page


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def test_a_booking_appears_by_itself_and_keeps_what_is_typed(signed_in, shop, day):
    page = signed_in
    first = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First")
    page.wait_for_selector("text=Ann First", timeout=8000)
    page.keyboard.press("/")
    page.keyboard.type("Ann")
    visit = shelf.book(shop, timezone.now(), on=day, at=time(13), origin="seed:2", name="Bob Second").visits.get()
    page.wait_for_selector("text=Bob Second", timeout=8000)
    assert page.input_value("#bd-search") == "Ann"
    page.keyboard.type(" F")
    assert page.input_value("#bd-search") == "Ann F"
    # Seconds that pass are counted on the page, and a calendar that follows shows by itself.
    calendar = shelf.connect(visit.technician, timezone.now())
    card = page.locator(f"li.bd-card:has(#visit-{visit.pk})")
    expect(card).to_contain_text("Not yet in the technician's calendar", timeout=8000)
    expect(card.locator("time").first).to_have_text("3 s", timeout=8000)
    shelf.mirror(visit, calendar, confirmed="present", pushed_version=visit.version)
    expect(card).to_contain_text("In Google Calendar", timeout=8000)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/bookings/booking/?q=Ann+F")
    expect(page.locator("#result_list, table").first).to_contain_text(first.reference)
    assert "Bob Second" not in page.inner_text("body")


def test_keys_change_the_day_and_explain_themselves(signed_in, shop, day):
    page = signed_in
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f'#board[data-day="{day + timedelta(days=1)}"]')
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f'#board[data-day="{day}"]')
    page.keyboard.press("t")
    page.wait_for_selector(f'#board[data-day="{timezone.now().astimezone(shop.zone).date()}"]')
    page.keyboard.press("?")
    assert page.locator("#board-help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#board-help").is_visible()


def test_focus_stays_where_it_was_when_the_board_is_swapped(signed_in, shop, day):
    page = signed_in
    visit = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First").visits.get()
    page.wait_for_selector("text=Ann First", timeout=8000)
    page.focus(f"#visit-{visit.pk}")
    shelf.book(shop, timezone.now(), on=day, at=time(13), origin="seed:2", name="Bob Second")
    page.wait_for_selector("text=Bob Second", timeout=8000)
    assert page.evaluate("document.activeElement.id") == f"visit-{visit.pk}"


def test_twelve_technicians_fit_the_screen_and_a_phone_does_not_scroll_sideways(signed_in, shop, day):
    page = signed_in
    for _ in range(9):
        TechnicianFactory(shop=shop)
    for n in range(12):
        shelf.book(shop, timezone.now(), on=day, at=time(10), origin=f"seed:{n}", name=f"Customer with a long name {n}")
    assert Technician.objects.count() == 12
    page.reload()
    page.wait_for_selector("#board")
    assert page.locator(".bd-row").count() == 12
    assert page.evaluate("document.querySelector('.bd-sheet').getBoundingClientRect().bottom") < 760
    assert page.evaluate("document.documentElement.scrollHeight") <= 900
    assert sideways(page) <= 0
    page.set_viewport_size(PHONE)
    page.reload()
    page.wait_for_selector("#board")
    assert sideways(page) <= 0
    assert page.locator(".bd-axis").is_hidden()
    for path in ("/admin/bookings/booking/", "/admin/bookings/lead/"):
        page.goto(path)
        assert sideways(page) <= 0


def test_a_list_is_searched(signed_in, shop, day):
    page = signed_in
    found = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First", phone="+12125550277")
    other = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:2", name="Bob Second", phone="+12125550288")
    page.goto("/admin/bookings/booking/")
    page.fill("#searchbar", "(212) 555-0277")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    text = page.inner_text("body")
    assert found.reference in text
    assert other.reference not in text


def test_a_hold_runs_down_and_leaves_by_itself(signed_in, shop, day):
    page = signed_in
    held = shelf.hold(shop, timezone.now(), on=day, at=time(13))
    card = page.locator(f"li.bd-card:has(#visit-{held.visits.get().pk})")
    expect(card).to_contain_text("On hold", timeout=8000)
    expect(card.locator("time")).to_have_text("4:57", timeout=8000)
    ends = timezone.now() + timedelta(seconds=4)
    held.visits.update(held_until=ends)
    type(held).objects.filter(pk=held.pk).update(hold_expires_at=ends)
    expect(card).to_have_count(0, timeout=12000)


def test_a_visit_is_moved_against_the_rules_and_taken_back(signed_in, shop, day):
    page = signed_in
    visit = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First").visits.get()
    was = visit.technician_id, visit.starts_at
    other = Technician.objects.filter(shop=shop).exclude(pk=visit.technician_id)[0]
    page.goto(f"/admin/bookings/booking/{visit.booking_id}/change/")
    page.get_by_role("link", name="Move the visit").click()
    page.wait_for_url("**/move/")
    page.select_option("[name=technician]", label=other.name)
    page.fill("[name=at]", "17:30")
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".desk-objections")).to_contain_text("The work does not fit into the shift")
    page.get_by_label("Go ahead although it is against these rules").check()
    page.get_by_role("button", name="Move", exact=True).click()
    page.wait_for_url("**/change/")
    visit.refresh_from_db()
    assert (visit.technician_id, visit.starts_at.astimezone(shop.zone).time()) == (other.pk, time(17, 30))
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**/change/")
    expect(page.locator("body")).to_contain_text("The promise is now")
    visit.refresh_from_db()
    assert (visit.technician_id, visit.starts_at) == was


def test_steps_are_one_click(signed_in, shop, day):
    page = signed_in
    booking = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First")
    page.goto(f"/admin/bookings/booking/{booking.pk}/change/")
    page.get_by_role("button", name="On the way").click()
    expect(page.get_by_role("button", name="Back to booked")).to_be_visible()
    booking.refresh_from_db()
    assert booking.status == "en_route"
    page.get_by_role("link", name="Cancel the booking").click()
    page.get_by_label("Reason").fill("Customer called off")
    page.get_by_role("button", name="Cancel the booking").click()
    page.wait_for_url("**/change/")
    booking.refresh_from_db()
    assert booking.status == "cancelled"


def test_the_desk_s_own_pages_fit_a_phone(signed_in, shop, day):
    page = signed_in
    visit = shelf.book(shop, timezone.now(), on=day, at=time(10), origin="seed:1", name="Ann First").visits.get()
    page.set_viewport_size(PHONE)
    for path in (
        f"bookings/visit/{visit.pk}/move/",
        f"bookings/booking/{visit.booking_id}/change/",
        f"bookings/booking/{visit.booking_id}/cancel/",
        "bookings/servicearea/add/",
        "bookings/holdback/add/",
        "bookings/search/",
        f"bookings/shop/{shop.pk}/change/",
        f"bookings/servicetype/{visit.booking.service_type_id}/change/",
        "bookings/servicetype/",
    ):
        page.goto(f"/admin/{path}")
        assert sideways(page) <= 0, path
