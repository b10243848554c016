"""Connecting a calendar in a real browser at a phone's width: the link, Google's page and back, the test, the choice, the end."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookings.models import Technician
from calendars.google import oauth
from calendars.models import CalendarConnection, Invitation
from calendars.services import invitations, leaving
from tests.browser import DESKTOP, PHONE, keep_picture
from tests.calendars.conftest import book, drain, read
from tests.desk import shelf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAM, WORK = "sam@example.com", "work@group.calendar.google.com"


@pytest.fixture
def technician(technician):
    technician.phone = "+12125550444"
    technician.save(update_fields=["phone"])
    return technician


@pytest.fixture
def phone(google, live_server, settings, page, technician):
    settings.SERVER_URL = live_server.url
    google.post("calendars", id=SAM, summary="Sam")
    google.post("calendars", id=WORK, owner=SAM, summary="Jobs")
    page.set_viewport_size(PHONE)
    return page


@pytest.fixture
def staff(phone, sign_in, technician):
    sign_in(shelf.dispatcher(technician.shop))
    phone.goto("/oauth/login")
    return phone


def fits(page, picture=""):
    """Nothing lies beside the screen, and whatever is pressed is large enough for a thumb, at both widths."""
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        small = (
            "[...document.querySelectorAll('button, .button, .choice')].filter(e => e.offsetParent && e.offsetHeight < 44).length"
        )
        assert page.evaluate(small) == 0
        if picture:
            keep_picture(page, picture if size is PHONE else f"{picture}-wide")


def allow(page, *, without=()):
    """Answer Google's page."""
    page.wait_for_selector("#allow")
    for scope in without:
        page.uncheck(f"input[value='{scope}']")
    page.fill("#account", SAM)
    page.click("#allow")


def test_a_technician_connects_by_the_link_on_the_phone(staff, opens, technician, google):
    page = staff
    fits(page, "calendars-list")
    page.get_by_role("link", name="Send a link").click()
    page.get_by_role("button", name="Text a link").click()
    expect(page.get_by_text("It goes to +12125550444 by text.")).to_be_visible()
    fits(page, "calendar-invite")
    link = page.input_value("#link")
    assert link == invitations.link(Invitation.objects.get())
    # On the technician's own telephone, where nobody is signed in.
    theirs = opens(viewport=PHONE)
    theirs.goto(link)
    expect(theirs.get_by_role("heading", name="Connect your Google Calendar, Sam")).to_be_visible()
    fits(theirs, "calendar-invitation")
    theirs.get_by_role("button", name="Go on to Google").click()
    allow(theirs)
    theirs.wait_for_url("**/oauth/technician/**")
    expect(theirs.get_by_text("calendar is connected")).to_be_visible()
    theirs.get_by_role("button", name="Test it now").click()
    expect(theirs.get_by_text("The test worked")).to_be_visible()
    assert theirs.get_by_text("Write a test event").is_visible()
    fits(theirs, "calendar-tested")
    assert google.events(SAM) == []
    theirs.get_by_role("link", name="Choose calendars").click()
    theirs.get_by_role("radio", name="Jobs").check()
    fits(theirs, "calendar-choose")
    theirs.get_by_role("button", name="Save").click()
    expect(theirs.get_by_text("Saved. Coming visits move to that calendar")).to_be_visible()
    assert CalendarConnection.objects.get().calendar_id == WORK
    # The link has done its work.
    theirs.goto(link)
    expect(theirs.get_by_role("heading", name="This link was used already")).to_be_visible()
    fits(theirs, "calendar-link-used")
    # And where the office takes back what it opened, no page ends at the sign-in of people who work there.
    invitations.withdraw(technician, now=timezone.now())
    theirs.goto(f"/oauth/technician/{technician.public_id}")
    expect(theirs.get_by_role("heading", name="Your time on this page is over")).to_be_visible()
    expect(theirs.get_by_text("ask your office for a new link")).to_be_visible()
    fits(theirs, "calendar-guest-ended")


def test_links_that_do_not_work_say_what_to_do(phone, technician, now):
    invitation = invitations.invite(technician, by="dee", now=now)
    link = invitations.link(invitation)
    complaints = []
    for spoiled, says, name in (
        (link[:-3] + "AAA", "This link is not one of ours", "calendar-link-unknown"),
        (link, "This link has run out", "calendar-link-ended"),
    ):
        Invitation.objects.update(expires_at=timezone.now())
        phone.context.on("console", lambda message: complaints.append(message.text))
        # As a browser that has nothing to show of its own for 404.
        answer = phone.request.get(spoiled)
        assert answer.status in (404, 410)
        phone.set_content(answer.text())
        expect(phone.get_by_role("heading", name=says)).to_be_visible()
        assert "sk your office for a new link" in phone.inner_text("main")
        fits(phone, name)
    assert complaints == []


def test_a_box_left_out_is_named(staff, technician):
    page = staff
    page.goto(f"/oauth/login?technician={technician.public_id}")
    allow(page, without=[oauth.CALENDAR_LIST])
    page.wait_for_url("**/oauth/technician/**")
    expect(page.get_by_text("You left out “See the list of Google calendars")).to_be_visible()
    fits(page, "calendar-left-out")


def test_a_calendar_that_ended_shows_how_to_mend_it(staff, technician, google):
    page = staff
    page.goto(f"/oauth/login?technician={technician.public_id}")
    allow(page)
    page.wait_for_url("**/oauth/technician/**")
    google.post("revoke", account=SAM)
    read(CalendarConnection.objects.get())
    page.reload()
    expect(page.get_by_text("Access was withdrawn")).to_be_visible()
    expect(page.get_by_text("still in “Testing”")).to_be_visible()
    fits(page, "calendar-withdrawn")
    page.get_by_role("link", name="Reconnect").click()
    allow(page)
    expect(page.get_by_text("calendar is connected")).to_be_visible()


def test_disconnecting_takes_the_visits_out_and_shows_how_far_it_is(staff, technician, google, now):
    page = staff
    page.goto(f"/oauth/login?technician={technician.public_id}")
    allow(page)
    page.wait_for_url("**/oauth/technician/**")
    connection = CalendarConnection.objects.get()
    read(connection)
    for hour in (9, 13):
        book(technician.shop, now, hour, origin=f"call:{hour}")
    drain(connection)
    page.get_by_text("Disconnect", exact=True).first.click()
    page.get_by_label("Take the coming ones out").check()
    fits(page, "calendar-disconnect")
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("0 of 2 taken out of the calendar.")).to_be_visible()
    fits(page, "calendar-leaving")
    leaving.clear(connection.pk, clock=timezone.now)
    # The page looks again by itself.
    expect(page.get_by_text("No calendar")).to_be_visible(timeout=10_000)
    assert google.events(SAM) == []
    assert Technician.objects.get().calendar_connection.state == "disconnected"
