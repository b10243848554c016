"""The daily job "connect a technician": from the inbox to the technician's telephone, through Google, and done by itself."""

import pytest
from playwright.sync_api import expect

from bookings.models import Concern, OutgoingMessage, Technician
from calendars.models import CalendarConnection, Invitation
from calendars.services import invitations
from tests.browser import PHONE
from tests.calendars.conftest import connected, google, read, sandbox
from tests.desk import shelf
from tests.factories import a_shop

__all__ = ["google", "sandbox"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAM = "sam@example.com"


@pytest.fixture
def technician(live_server, google, settings):
    settings.SERVER_URL = live_server.url
    technician = Technician.objects.filter(shop=a_shop()).order_by("pk")[0]
    technician.name, technician.email, technician.phone = "Sam", SAM, "+12125550444"
    technician.save(update_fields=["name", "email", "phone"])
    google.post("calendars", id=SAM, summary="Sam")
    return technician


@pytest.fixture
def desk(page, sign_in, google, technician):
    """A page that is signed in at the desk, after the technician took their calendar away in Google's own settings."""
    connection = connected(google, technician)
    google.post("revoke", account=SAM)
    read(connection)
    sign_in(shelf.dispatcher(technician.shop))
    return page


def test_a_technician_is_connected_again_from_the_inbox(desk, opens, technician):
    page, waits = desk, Concern.objects.get(kind="calendar_broken")
    page.goto("/inbox/")
    item = page.locator(f"#item-concern-{waits.pk}")
    expect(item).to_contain_text("Google no longer lets us into Sam's calendar")
    item.get_by_role("button", name="Text a link to connect").click()
    expect(page.locator("#ib-said")).to_contain_text("Sam is texted a link to connect the calendar")
    link = invitations.link(Invitation.objects.order_by("-pk")[0])
    assert OutgoingMessage.objects.filter(to=technician.phone, body__contains=link).count() == 1
    # On the technician's own telephone, where nobody is signed in.
    theirs = opens(viewport=PHONE)
    theirs.goto(link)
    theirs.get_by_role("button", name="Go on to Google").click()
    theirs.fill("#account", SAM)
    theirs.click("#allow")
    theirs.wait_for_url("**/oauth/technician/**")
    expect(theirs.get_by_text("calendar is connected")).to_be_visible()
    # The desk sees it by itself.
    expect(item).to_have_count(0, timeout=8000)
    assert CalendarConnection.objects.get().state == "connected"
    waits.refresh_from_db()
    assert waits.status == "done"
