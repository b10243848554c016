"""Links that technicians connect their own calendar by: what they open, what they do not, and when they end."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from bookings.models import OutgoingMessage
from calendars.models import CalendarConnection, Invitation
from calendars.services import invitations
from calendars.services.connect import ConnectError
from calendars.services.invitations import EndedError
from tests.calendars.conftest import connected
from tests.calendars.consenting import begin, consent, page_of, signed_in
from tests.factories import ShopFactory, TechnicianFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def technician(technician):
    technician.phone = "+12125550444"
    technician.save(update_fields=["phone"])
    return technician


@pytest.fixture
def invitation(google, technician, now):
    return invitations.invite(technician, by="kim", now=now)


def path_of(invitation):
    return f"/oauth/invitation/{invitations.token(invitation)}"


def through(browser, invitation, **more):
    """Go on from the link to Google, consent, and come back."""
    answer = browser.post(path_of(invitation))
    assert answer.status_code == 302, answer.content.decode()
    return browser.get("/oauth/callback", consent(answer.headers["location"], **more))


def test_the_dispatcher_sends_a_link_by_text(google, technician, now):
    browser = signed_in(technician.shop)
    assert browser.post(page_of(technician, "invite")).status_code == 302
    invitation = Invitation.objects.get()
    assert (invitation.invited_by, invitation.technician) == ("kim", technician)
    assert invitation.expires_at == invitation.created_at + timedelta(days=7)
    text = OutgoingMessage.objects.get()
    assert (text.to, text.reason) == ("+12125550444", f"calendar-invitation:{invitation.public_id}")
    assert f"http://localhost{path_of(invitation)} " in text.body
    page = browser.get(page_of(technician)).content.decode()
    assert f'value="http://localhost{path_of(invitation)}"' in page
    assert "waiting to be sent" in page


def test_without_a_number_the_link_is_there_to_copy(google, technician):
    technician.phone = ""
    technician.save(update_fields=["phone"])
    browser = signed_in(technician.shop)
    browser.post(page_of(technician, "invite"))
    assert OutgoingMessage.objects.count() == 0
    page = browser.get(page_of(technician)).content.decode()
    assert path_of(Invitation.objects.get()) in page
    assert "no phone number" in page


def test_a_new_link_withdraws_the_old(invitation, technician):
    signed_in(technician.shop).post(page_of(technician, "invite"))
    assert Client().get(path_of(invitation)).status_code == 410
    newest = Invitation.objects.latest("pk")
    assert Client().get(path_of(newest)).status_code == 200
    assert Invitation.objects.filter(withdrawn_at=None).get() == newest
    signed_in(technician.shop, "lee").post(page_of(technician, "withdraw"))
    assert Client().get(path_of(newest)).status_code == 410


@pytest.mark.concurrency
def test_two_who_invite_at_once_leave_one_link(technician, now):
    def run():
        try:
            invitations.invite(technician, by="kim", now=now)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Invitation.objects.count(), Invitation.objects.filter(withdrawn_at=None).count()) == (4, 1)


def test_a_technician_connects_by_the_link_alone(invitation, technician):
    browser = Client()
    page = browser.get(path_of(invitation)).content.decode()
    for words in (
        "Connect your Google Calendar, Sam",
        "See and change events",
        "See the list of your calendars",
        "Go on to Google",
    ):
        assert words in page
    # A messenger's preview only looks: the link works still.
    assert Invitation.objects.get().opened_at is None
    answer = through(browser, invitation)
    assert (answer.status_code, answer.headers["location"]) == (302, page_of(technician))
    used = Invitation.objects.get()
    assert used.opened_at is not None
    assert used.used_at is not None
    assert CalendarConnection.objects.get().technician == technician
    page = browser.get(page_of(technician)).content.decode()
    assert "calendar is connected" in page
    for staffs in ("/board/", "All calendars", "Text a link", "service account"):
        assert staffs not in page
    assert browser.get(page_of(technician, "calendars")).status_code == 200
    assert "The test worked" in browser.post(page_of(technician, "test")).content.decode()


def test_the_link_gives_no_right_to_anybody_else(google, invitation, technician, now):
    browser = Client()
    through(browser, invitation)
    strangers: list[Any] = [TechnicianFactory(shop=technician.shop), TechnicianFactory(shop=ShopFactory())]
    for other in strangers:
        connected(google, other, f"{other.pk}@example.com")
        for answer in (
            browser.get(page_of(other)),
            browser.get(page_of(other, "calendars")),
            browser.get("/oauth/login", {"technician": str(other.public_id)}),
            *(browser.post(page_of(other, part)) for part in ("test", "calendars", "disconnect", "invite", "withdraw")),
        ):
            assert answer.status_code == 302
            assert answer.headers["location"] == "/admin/login/?next=/oauth/login"
    for staffs in ("/oauth/login", "/admin/", "/board/"):
        assert browser.get(staffs).status_code == 302
    for part in ("invite", "withdraw"):
        assert browser.post(page_of(technician, part)).headers["location"].startswith("/admin/login/")
    assert Invitation.objects.count() == 1
    assert set(CalendarConnection.objects.values_list("state", flat=True)) == {"connected"}


def test_a_link_is_used_once(invitation, technician):
    through(Client(), invitation)
    before = CalendarConnection.objects.get().token_version
    for answer in (Client().get(path_of(invitation)), Client().post(path_of(invitation))):
        assert answer.status_code == 410
        assert "used already" in answer.content.decode()
        assert "ask your office for a new link" in answer.content.decode()
    assert CalendarConnection.objects.get().token_version == before


def test_two_browsers_that_began_with_one_link_connect_once(invitation, technician, now):
    first, second = Client(), Client()
    location = second.post(path_of(invitation)).headers["location"]
    through(first, invitation)
    answer = second.get("/oauth/callback", consent(location, account="somebody.else@example.com"))
    assert answer.status_code == 410
    assert CalendarConnection.objects.get().account == "sam@example.com"
    assert "ask your office for a new link" in answer.content.decode()
    assert second.get(page_of(technician)).status_code == 302


def test_a_link_that_ends_while_google_is_asked_stores_nothing(google, invitation, technician, now):
    from calendars.services import connect

    invitations.withdraw(technician, now=now)
    grant = google.grant()
    with pytest.raises(ConnectError) as refused:
        connect.connect_oauth(
            technician, account="sam@example.com", sub="1", refresh_token=grant["refresh_token"], access_token="a",
            expires_at=now, scopes=[], calendar_id="sam@example.com", now=now, invitation=invitation,
        )  # fmt: skip
    assert refused.value.code == "invitation_ended"
    assert CalendarConnection.objects.count() == 0


@pytest.mark.parametrize(
    ("spoil", "status", "says"),
    [
        ("expired", 410, "has run out"),
        ("withdrawn", 410, "no longer works"),
        ("tampered", 404, "not one of ours"),
        ("cut off", 404, "not one of ours"),
        ("of another key", 404, "not one of ours"),
        ("technician left", 404, "not one of ours"),
    ],
)
def test_a_link_that_does_not_work_says_what_to_do_and_stores_nothing(invitation, technician, settings, spoil, status, says):
    path = path_of(invitation)
    if spoil == "expired":
        Invitation.objects.update(expires_at=timezone.now())
    elif spoil == "withdrawn":
        Invitation.objects.update(withdrawn_at=timezone.now())
    elif spoil == "tampered":
        path = path[:-1] + ("A" if path[-1] != "A" else "B")
    elif spoil == "cut off":
        path = path[:-20]
    elif spoil == "of another key":
        settings.SECRET_KEY = "another key " * 5
    else:
        type(technician).objects.update(active=False)
    before = list(Invitation.objects.values())
    for answer in (Client().get(path), Client().post(path)):
        assert answer.status_code == status
        page = answer.content.decode()
        assert says in page
        assert "sk your office for a new link" in page
        assert "/admin/login" not in page
        assert "/board/" not in page
        assert "sessionid" not in answer.cookies
    assert list(Invitation.objects.values()) == before
    assert CalendarConnection.objects.count() == 0


def test_a_denied_consent_leaves_the_link_as_it_was(invitation, technician):
    browser = Client()
    answer = through(browser, invitation, action="deny")
    assert answer.status_code == 400
    assert f'href="{path_of(invitation)}"' in answer.content.decode()
    assert Invitation.objects.get().used_at is None
    assert browser.get(page_of(technician)).status_code == 302
    assert through(browser, invitation).status_code == 302
    assert CalendarConnection.objects.count() == 1


def test_another_technicians_calendar_leaves_the_link_as_it_was(google, invitation, technician):
    connected(google, TechnicianFactory(shop=technician.shop), "two@example.com")
    answer = through(Client(), invitation, account="two@example.com")
    assert answer.status_code == 400
    assert "belongs to somebody else" in answer.content.decode()
    assert Invitation.objects.get().used_at is None
    assert CalendarConnection.objects.count() == 1


def test_who_came_by_a_link_may_see_to_the_calendar_for_an_hour_and_until_it_is_withdrawn(invitation, technician, now):
    browser = Client()
    through(browser, invitation)
    session = browser.session
    kept = session["calendar_guest"]
    session["calendar_guest"] = kept | {"until": now.timestamp() - 1}
    session.save()
    says_whom_to_ask(browser, technician)
    session["calendar_guest"] = kept
    session.save()
    assert browser.get(page_of(technician)).status_code == 200
    # Who forgot a box on Google's page may go there again, in this browser.
    assert browser.get("/oauth/callback", consent(begin(browser, technician))).status_code == 302
    invitations.withdraw(technician, now=now)
    says_whom_to_ask(browser, technician)
    # Of anybody else they are strangers as before.
    other = TechnicianFactory(shop=technician.shop)
    assert browser.get(page_of(other)).headers["location"].startswith("/admin/login/")


def says_whom_to_ask(browser, technician):
    """Whoever came by a link has no account: no page of theirs may end at the sign-in page."""
    parts = ("test", "calendars", "disconnect")
    answers = [browser.get(page_of(technician)), *(browser.post(page_of(technician, part)) for part in parts)]
    for answer in (*answers, browser.get("/oauth/login", {"technician": str(technician.public_id)})):
        assert answer.status_code == 410
        said = answer.content.decode()
        assert "Your time on this page is over" in said
        assert "ask your office for a new link" in said
        assert "/admin/login" not in said
    assert CalendarConnection.objects.get().state == "connected"


def test_the_link_is_not_written_to_the_log(invitation):
    from wire import logs

    line = logs.redact(None, "info", {"event": "request_finished", "request": f"GET {path_of(invitation)}"})
    assert line["request"] == "GET /oauth/invitation/[redacted]"


def test_a_link_of_another_purpose_is_none_of_ours(technician, now):
    from django.core.signing import Signer

    foreign = Signer(salt="something else", sep=".").sign(invitations.invite(technician, by="kim", now=now).public_id.hex)
    with pytest.raises(EndedError):
        invitations.read(foreign, now=now)
