"""Which calendars count as busy, which one receives visits, and what happens to what is there when that changes."""

import pytest
from django.utils import timezone

from bookings.models import CalendarFreshness, Concern
from calendars.google import oauth
from calendars.models import CalendarConnection, EventMirror, ReadCalendar
from calendars.services import choosing, leaving, tokens
from tests.calendars.conftest import again, book, connected, drain, read
from tests.calendars.consenting import begin, consent, page_of, signed_in
from tests.factories import TechnicianFactory

pytestmark = pytest.mark.django_db(transaction=True)

SAM, WORK, FAMILY = "sam@example.com", "work@group.calendar.google.com", "family@group.calendar.google.com"


@pytest.fixture
def calendars(google):
    google.post("calendars", id=SAM, summary="Sam")
    google.post("calendars", id=WORK, owner=SAM, summary="Jobs")
    google.post("calendars", id=FAMILY, owner="pat@example.com", summary="Family", shared_with={SAM: "reader"})


@pytest.fixture
def browser(shop):
    return signed_in(shop)


def clear(connection):
    leaving.clear(connection.pk, clock=timezone.now)


def choose(browser, technician, receives, *counts):
    return browser.post(page_of(technician, "calendars"), {"receives": receives, "counts": list(counts)})


def chosen():
    return {each.calendar_id: each.counts for each in ReadCalendar.objects.all()}


def test_the_list_of_calendars_is_shown_with_what_is_chosen(calendars, connection, technician, browser):
    page = browser.get(page_of(technician, "calendars")).content.decode()
    for name in ("Sam", "Jobs", "Family"):
        assert f"<span>{name}</span>" in page
    assert f'name="receives" value="{SAM}" required checked' in page
    assert f'name="receives" value="{FAMILY}"' not in page
    assert f'name="counts" value="{FAMILY}" ' in page


def test_what_is_chosen_is_kept(calendars, connection, technician, browser):
    assert choose(browser, technician, SAM, SAM, FAMILY).status_code == 302
    assert chosen() == {SAM: True, FAMILY: True}
    assert ReadCalendar.objects.get(calendar_id=FAMILY).name == "Family"
    page = browser.get(page_of(technician)).content.decode()
    assert "Receives visits, counts as busy" in page
    assert "Family" in page
    # Whatever receives visits counts.
    assert choose(browser, technician, SAM, WORK).status_code == 302
    assert chosen() == {SAM: True, FAMILY: False, WORK: True}
    assert "Family" not in browser.get(page_of(technician)).content.decode()


def test_a_calendar_that_was_never_read_is_not_known_to_be_free(calendars, connection, technician, browser):
    assert CalendarFreshness.objects.get().read_at is not None
    choose(browser, technician, SAM, SAM, FAMILY)
    assert CalendarFreshness.objects.get().read_at is None


@pytest.mark.parametrize("what", ["not shown", "not writable", "nothing", "another's"])
def test_a_choice_that_does_not_hold_changes_nothing(google, calendars, connection, shop, technician, browser, what):
    receives = {"not shown": "x@example.com", "not writable": FAMILY, "nothing": "", "another's": WORK}[what]
    if what == "another's":
        google.post("calendars", id=WORK, shared_with={"two@example.com": "writer"})
        other = connected(google, TechnicianFactory(shop=shop), "two@example.com")
        CalendarConnection.objects.filter(pk=other.pk).update(calendar_id=WORK)
    before = chosen()
    answer = choose(browser, technician, receives, SAM)
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.content.decode()
    assert chosen() == before
    assert CalendarConnection.objects.get(technician=technician).calendar_id == SAM


def test_google_away_changes_nothing(google, calendars, connection, technician, browser):
    google.fault(path="calendar/v3/users", status=503)
    for answer in (browser.get(page_of(technician, "calendars")), choose(browser, technician, WORK)):
        assert answer.status_code == 400
        assert "does not answer" in answer.content.decode()
    assert chosen() == {SAM: True}


def test_coming_visits_move_to_the_calendar_that_receives_them_now(google, calendars, connection, shop, technician, browser, now):
    first, second = book(shop, now, 9), book(shop, now, 13, origin="call:2")
    drain(connection)
    assert len(google.events(SAM)) == 2
    choose(browser, technician, WORK, SAM)
    row = CalendarConnection.objects.get()
    assert row.calendar_id == WORK
    assert "Visits are moving" in browser.get(page_of(technician)).content.decode()
    drain(row)
    clear(row)
    assert (len(google.events(SAM)), len(google.events(WORK))) == (0, 2)
    for visit in (first, second):
        assert sorted(visit.mirrors.values_list("calendar_id", "wanted", "confirmed")) == [
            (SAM, "absent", "absent"), (WORK, "present", "present"),
        ]  # fmt: skip
    row.refresh_from_db()
    assert row.clearing_since is None
    assert "Visits are moving" not in browser.get(page_of(technician)).content.decode()
    # Nobody takes it for the technician's doing.
    read(row)
    assert Concern.objects.count() == 0
    assert again(first).status == "active"


def test_what_we_take_out_is_not_taken_for_the_technicians_doing(google, calendars, connection, shop, technician, browser, now):
    """As between deleting an event and writing down that it was: another worker reads the calendar at that moment."""
    visit = book(shop, now)
    drain(connection)
    choose(browser, technician, WORK, SAM)
    [event] = google.events(SAM)
    google.delete(event["id"], SAM)
    read(connection)
    assert Concern.objects.count() == 0
    clear(connection)
    drain(connection)
    assert sorted(visit.mirrors.values_list("calendar_id", "wanted", "confirmed", "moved_to")) == [
        (SAM, "absent", "absent", ""), (WORK, "present", "present", ""),
    ]  # fmt: skip
    read(connection)
    assert Concern.objects.count() == 0


def test_and_back_again(google, calendars, connection, shop, technician, browser, now):
    book(shop, now)
    drain(connection)
    for receives in (WORK, SAM, WORK, SAM):
        choose(browser, technician, receives, SAM)
        drain(connection)
        clear(connection)
    assert (len(google.events(SAM)), len(google.events(WORK))) == (1, 0)
    assert EventMirror.objects.filter(retired=False, confirmed="present").get().calendar_id == SAM


def test_and_back_before_anything_was_moved(google, calendars, connection, shop, technician, browser, now):
    visit = book(shop, now)
    drain(connection)
    choose(browser, technician, WORK, SAM)
    choose(browser, technician, SAM, SAM)
    clear(connection)
    drain(connection)
    assert (len(google.events(SAM)), len(google.events(WORK))) == (1, 0)
    assert visit.mirrors.get(retired=False, calendar_id=SAM).wanted == "present"


def test_what_is_over_stays_where_it_was(google, calendars, connection, shop, now):
    visit = book(shop, now)
    drain(connection)
    offered = choosing.entries(connection, clock=timezone.now)
    assert choosing.choose(connection, offered, receives=WORK, counts=[SAM], now=visit.ends_at)
    drain(connection)
    leaving.clear(connection.pk, clock=lambda: visit.ends_at)
    assert (len(google.events(SAM)), len(google.events(WORK))) == (1, 0)


def test_an_outage_while_visits_move_waits_and_ends_well(google, calendars, connection, shop, technician, browser, now):
    book(shop, now)
    drain(connection)
    choose(browser, technician, WORK, SAM)
    google.fault(path=f"calendar/v3/calendars/{SAM}", status=503, count=1)
    clear(connection)
    mirror = EventMirror.objects.get(calendar_id=SAM)
    assert (mirror.confirmed, mirror.attempts) == ("present", 1)
    due = mirror.next_attempt_at
    assert due is not None
    assert due > now
    leaving.clear(connection.pk, clock=lambda: due)
    assert google.events(SAM) == []
    assert CalendarConnection.objects.get().clearing_since is None


def test_reconnecting_the_same_account_keeps_the_choice(google, calendars, connection, technician, browser):
    CalendarConnection.objects.update(google_sub="")
    browser.get("/oauth/callback", consent(begin(browser, technician)))
    choose(browser, technician, WORK, SAM, WORK)
    browser.get("/oauth/callback", consent(begin(browser, technician)))
    assert CalendarConnection.objects.get().calendar_id == WORK
    assert chosen() == {SAM: True, WORK: True}


def test_another_account_begins_with_its_own_calendar(google, calendars, connection, technician, browser):
    choose(browser, technician, WORK, SAM, WORK)
    browser.get("/oauth/callback", consent(begin(browser, technician), account="two@example.com"))
    assert CalendarConnection.objects.get().calendar_id == "two@example.com"
    assert {name for name, counts in chosen().items() if counts} == {"two@example.com"}


@pytest.mark.parametrize("delegated", [True, False])
def test_a_service_account_chooses_too(google, technician, browser, now, key_file, delegated):
    google.post("calendars", id=SAM, shared_with={key_file: "writer"})
    google.post("calendars", id=WORK, owner=SAM, summary="Jobs", shared_with={key_file: "writer"})
    data = {"technician": str(technician.public_id), "calendar_id": SAM, "subject": SAM if delegated else ""}
    assert browser.post("/oauth/service-account", data).status_code == 302
    page = browser.get(page_of(technician, "calendars")).content.decode()
    assert 'name="typed"' in page
    assert "<span>Jobs</span>" in page
    answer = browser.post(page_of(technician, "calendars"), {"receives": SAM, "counts": [SAM], "typed": WORK})
    assert answer.status_code == 302
    assert chosen() == {SAM: True, WORK: True}
    answer = browser.post(page_of(technician, "calendars"), {"receives": SAM, "counts": [SAM], "typed": "nobody@example.com"})
    assert "does not show us" in answer.content.decode()
    assert "The test worked" in browser.post(page_of(technician, "test")).content.decode()


def test_a_delegation_without_the_list_works_by_ids(google, technician, browser, key_file):
    google.post("service-accounts", **google.service_account | {"scopes": [oauth.EVENTS]})
    data = {"technician": str(technician.public_id), "calendar_id": SAM, "subject": SAM}
    assert browser.post("/oauth/service-account", data).status_code == 302
    row = CalendarConnection.objects.get()
    assert row.scopes == oauth.EVENTS
    CalendarConnection.objects.update(expires_at=timezone.now())
    assert tokens.access(row.pk, clock=timezone.now)[0]
    assert browser.get(page_of(technician, "calendars")).status_code == 200
