"""The back office in a real browser: lists, moving by the form, steps, and how it fits a phone."""

from datetime import time

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import StaffMember, Technician
from tests.browser import PHONE
from tests.desk import shelf
from tests.factories import a_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(live_server):
    return a_shop()


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


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
    StaffMember.objects.update(role="owner")  # settings are theirs
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
