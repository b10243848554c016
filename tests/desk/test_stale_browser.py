"""A tab whose session ended, or whose network did: it says so, loses nothing, and goes on once one is back."""

from datetime import time

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Booking, CustomerNote
from tests.bookings import merging as rows
from tests.desk import shelf
from tests.factories import a_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOON = 8000


@pytest.fixture
def shop(live_server):
    return a_shop()


@pytest.fixture
def page(opens):
    """A page that may complain: the browser itself writes down what was refused, or could not be reached."""
    return opens()


def type_in(page):
    page.get_by_label("Username").fill("dee")
    page.get_by_label("Password").fill("demo-dispatcher")
    page.get_by_label("Password").press("Enter")


def in_another_tab(page):
    other = page.context.new_page()
    other.goto("/admin/login/")
    type_in(other)
    other.wait_for_url("**/board/")
    other.close()


def test_a_board_that_is_signed_out_says_so_and_books_once_one_is_back(signed_in, shop):
    page = signed_in
    page.keyboard.press("n")
    page.locator("#bh-q").fill("2125550299")
    page.locator("#bh-name").fill("Bob Smith")
    Session.objects.all().delete()
    expect(page.locator("#board-offline")).to_contain_text("You are signed out", timeout=SOON)
    page.locator("#bh-times .bh-time").first.click()
    expect(page.locator("#byhand .bh-lost")).to_contain_text("Sign in again in another tab, then press again")
    assert Booking.objects.count() == 0
    in_another_tab(page)
    expect(page.locator("#board-offline")).to_be_hidden(timeout=SOON)
    page.locator("#bh-times .bh-time").first.click()
    expect(page.locator("#byhand")).to_contain_text("Booked: HV-")
    assert Booking.objects.filter(customer__name="Bob Smith").count() == 1


def test_a_note_survives_the_end_of_the_session(page, shop):
    shelf.dispatcher(shop)
    ann = rows.person(shop, "Ann Ace", "+12125550209")
    page.goto(f"/customers/{ann.pk}/")
    type_in(page)
    page.get_by_label("A new note").fill("Gate code 12")
    Session.objects.all().delete()
    expect(page.locator("#desk-lost")).to_contain_text("You are signed out", timeout=SOON)
    page.get_by_role("button", name="Write down").click()
    expect(page.locator(".pp-failed")).to_contain_text("what you typed is still here")
    in_another_tab(page)
    expect(page.locator("#desk-lost")).to_be_hidden(timeout=SOON)
    page.get_by_role("button", name="Write down").click()
    expect(page.locator("#customer-notes li")).to_contain_text("Gate code 12")
    expect(page.locator(".pp-failed")).to_have_count(0)
    assert CustomerNote.objects.get().text == "Gate code 12"


def test_a_board_without_network_or_session_moves_nothing_and_finds_back(signed_in, shop, day):
    page = signed_in
    visit = shelf.book(shop, timezone.now(), on=day, at=time(10), name="Ann First").visits.get()
    expect(page.locator(f"#visit-{visit.pk}")).to_be_visible(timeout=SOON)
    page.context.set_offline(True)
    expect(page.locator("#board-offline")).to_contain_text("No answer from the server", timeout=SOON)
    page.focus(f"#visit-{visit.pk}")
    for key in ("m", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#board-toasts")).to_contain_text("Nothing was moved: the server gave no answer")
    page.context.set_offline(False)
    expect(page.locator("#board-offline")).to_be_hidden(timeout=SOON)
    shelf.book(shop, timezone.now(), on=day, at=time(14), origin="seed:2", name="Bob Second")
    expect(page.locator("#bd-rows")).to_contain_text("Bob Second", timeout=SOON)
    Session.objects.all().delete()
    page.focus(f"#visit-{visit.pk}")
    for key in ("m", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#board-toasts")).to_contain_text("Nothing was moved. You are signed out")
    visit.refresh_from_db()
    assert visit.starts_at.astimezone(shop.zone).time() == time(10)


def test_who_reads_elsewhere_is_told_whose_clock_it_is(opens, shop, sign_in):
    user = shelf.dispatcher(shop)
    for zone, told in (("America/Los_Angeles", "Times are New York time, not yours."), ("America/New_York", "")):
        page = opens(timezone_id=zone)
        sign_in(user, of=page)
        page.goto("/customers/")
        page.wait_for_load_state()
        expect(page.locator("#desk-zone")).to_have_text(told)
