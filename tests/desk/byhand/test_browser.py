"""The daily job "book by hand" in a real browser: counted in keys, over any page, on a telephone too."""

import time as clock
from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Booking, Customer, Property, Technician, Visit
from tests import axe
from tests.browser import PHONE
from tests.desk import shelf
from tests.factories import a_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_KEYS = 15  # "n", ten digits, and Enter for each of the three steps
SECONDS = 15


@pytest.fixture
def shop(live_server):
    return a_shop()


@pytest.fixture
def jane(shop):
    row = Customer.objects.create(shop=shop, name="Jane Doe", name_key="jane doe", phone="+12125550201", member=True)
    Property.objects.create(
        shop=shop, customer=row, address="12 Main St, 10001", address_key="12 main st 10001", zip_code="10001"
    )
    return row


@pytest.fixture
def signed_in(page, sign_in, shop):
    sign_in(shelf.dispatcher(shop))
    page.goto("/board/")
    return page


def serious(page):
    """What axe finds wrong inside of the panel, or of the page's form."""
    return axe.serious(page, ".bh-panel[open]" if page.locator(".bh-panel[open]").count() else "#byhand")


def served(page):
    """How long each answer took, in milliseconds."""
    return page.evaluate(
        "performance.getEntriesByType('resource').filter(e => e.name.includes('/board/new/')).map(e => Math.round(e.duration))"
    )


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def test_a_known_customer_is_booked_by_fifteen_keys_in_fifteen_seconds(signed_in, shop, jane):
    page = signed_in
    keys = 0

    def press(key):
        nonlocal keys
        keys += 1
        page.keyboard.press(key)

    began = clock.monotonic()
    press("n")
    expect(page.locator("#bh-q")).to_be_focused()
    # As fast as the browser takes them: no key waits for an answer.
    for key in [*"2125550201", "Enter"]:
        press(key)
    expect(page.locator("#byhand input[name=service]:checked")).to_be_focused()
    expect(page.locator(".bh-person").first).to_contain_text("Jane Doe")
    press("Enter")
    expect(page.locator("#bh-times .bh-time").first).to_be_focused()
    press("Enter")
    expect(page.locator("#byhand")).to_contain_text("Booked: HV-")
    took = clock.monotonic() - began
    assert serious(page) == []
    assert keys <= MOST_KEYS
    assert took < SECONDS, f"{keys} keys, {took:.2f} s; answers in ms: {served(page)}"
    booking = Booking.objects.get()
    assert (booking.customer, str(booking.property)) == (jane, "12 Main St, 10001")
    # Taken back by the keyboard, and the next one begun.
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator("#byhand")).to_contain_text("Taken back")
    booking.refresh_from_db()
    assert booking.status == "cancelled"
    expect(page.get_by_role("link", name="Book another")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#bh-q")).to_be_focused()
    expect(page.locator("#bh-q")).to_have_value("")


def test_somebody_new_over_the_board_and_what_is_typed_stays(signed_in, shop):
    page = signed_in
    page.keyboard.press("n")
    expect(page.locator("#bh-q")).to_be_focused()
    page.keyboard.type("2125550299")
    page.keyboard.press("Enter")
    expect(page.locator("#bh-name")).to_be_focused()
    page.keyboard.type("Bob Smith")
    page.keyboard.press("Enter")
    page.keyboard.type("9 Oak St, 10002")
    # Closed to look at the board, opened again, and a gap clicked: nothing is lost.
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".bh-panel")).to_be_hidden()
    page.keyboard.press("n")
    expect(page.locator("#bh-name")).to_have_value("Bob Smith")
    page.get_by_role("button", name="Close").click()
    day = timezone.now().astimezone(shop.zone).date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    technician = Technician.objects.filter(shop=shop).order_by("pk")[1]
    page.evaluate("fields => window.deskBook(fields)", {"technician": str(technician.pk), "starts_at": f"{day}T20:00"})
    expect(page.locator("#bh-verdict")).to_contain_text("The work does not fit into the shift")
    assert serious(page) == []
    page.get_by_label("Go ahead although it is against these rules").check()
    page.locator("#bh-verdict .bh-time").click()
    expect(page.locator("#byhand")).to_contain_text("Booked: HV-")
    visit = Visit.objects.get()
    assert (visit.technician, visit.starts_at.astimezone(shop.zone).time(), visit.pinned) == (technician, time(20), True)
    assert str(visit.booking.property) == "9 Oak St, 10002"


def test_it_fits_a_telephone(signed_in, shop, jane):
    page = signed_in
    page.set_viewport_size(PHONE)
    page.goto("/board/new/?phone=2125550201")
    expect(page.locator("#byhand")).to_contain_text("Jane Doe")
    assert sideways(page) <= 0
    page.locator("#bh-times .bh-time").first.click()
    expect(page.locator("#byhand")).to_contain_text("Booked: HV-")
    assert sideways(page) <= 0
    assert page.locator("#bh-another").bounding_box()["height"] >= 44


def test_a_free_gap_of_the_board_is_clicked_and_its_visit_appears_there(signed_in, shop, jane):
    page = signed_in
    day = timezone.now().astimezone(shop.zone).date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    technician = Technician.objects.filter(shop=shop).order_by("pk")[1]
    page.goto(f"/board/?day={day}")
    track = page.locator(f'.bd-row[data-technician="{technician.pk}"] .bd-track')
    box = track.bounding_box()
    track.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(page.locator("#bh-verdict")).to_contain_text(f"with {technician.name}")
    expect(page.locator("#bh-q")).to_be_focused()
    for key in [*"2125550201", "Enter", "Enter"]:
        page.keyboard.press(key)
    expect(page.locator("#bh-verdict .bh-time")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#byhand")).to_contain_text("Booked: HV-")
    visit = Visit.objects.get()
    assert (visit.technician, visit.pinned, visit.starts_at.astimezone(shop.zone).date()) == (technician, True, day)
    expect(track).to_contain_text("Jane Doe", timeout=4000)
