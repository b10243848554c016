"""A visit that its technician gives to a colleague in Google: one event in the end, whoever it belongs to."""

import pytest

from bookings.models import Concern
from tests.calendars.conftest import again, at, drain, read, workday
from tests.calendars.dragging import accept, backdate, busy, drag, hand_over, restore, settle

pytestmark = pytest.mark.django_db(transaction=True)

# --- handed to a colleague ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["theirs", "ours"])
def test_an_event_moved_to_a_colleagues_calendar_gives_them_the_visit(google, connection, visit, kim, first):
    hand_over(google)
    for each in (kim, connection) if first == "theirs" else (connection, kim):
        read(each)
    [concern] = Concern.objects.filter(status="open")
    assert (concern.kind, concern.proposed_technician) == (Concern.Kind.EVENT_CHANGED, kim.technician)
    for each in (connection, kim):
        drain(each)
    assert (len(google.events()), len(google.events("kim@example.com"))) == (0, 1)
    accept(concern)
    assert again(visit).technician == kim.technician
    for each in (connection, kim):
        settle(each)
    assert (len(google.events()), len(google.events("kim@example.com"))) == (0, 1)
    assert (Concern.objects.filter(status="open").count(), busy()) == (0, [])


def test_a_visit_handed_over_by_mistake_comes_back(google, connection, visit, kim):
    hand_over(google)
    read(connection)
    read(kim)
    restore(Concern.objects.get(status="open"))
    for each in (connection, kim):
        settle(each)
    assert (len(google.events()), len(google.events("kim@example.com"))) == (1, 0)
    assert again(visit).technician == connection.technician
    assert Concern.objects.filter(status="open").count() == 0


@pytest.mark.parametrize("first", ["theirs", "ours"])
@pytest.mark.parametrize("decision", [accept, restore])
def test_a_visit_that_the_colleague_gives_back_is_one_question(google, connection, visit, kim, first, decision):
    hand_over(google)
    read(kim)
    read(connection)
    accept(Concern.objects.get(status="open"))
    for each in (connection, kim):
        settle(each)
    hand_over(google, of="kim@example.com", to="sam@example.com")
    for each in (kim, connection) if first == "theirs" else (connection, kim):
        read(each)
    for each in (connection, kim):
        drain(each)
    [concern] = Concern.objects.filter(status="open")
    assert (concern.kind, concern.proposed_technician) == (Concern.Kind.EVENT_CHANGED, connection.technician)
    assert (len(google.events()), len(google.events("kim@example.com"))) == (1, 0)
    decision(concern)
    for each in (connection, kim, connection):
        settle(each)
    is_back = decision is accept
    assert (len(google.events()), len(google.events("kim@example.com"))) == (int(is_back), int(not is_back))
    assert again(visit).technician == (connection if is_back else kim).technician
    assert (Concern.objects.filter(status="open").count(), busy()) == (0, [])


def test_what_the_colleague_does_to_a_visit_handed_over_is_part_of_the_question(google, connection, visit, kim, now):
    on = workday(now)
    hand_over(google)
    read(connection)
    read(kim)
    backdate()
    [event] = google.events("kim@example.com")
    for _ in range(2):
        read(kim)
    assert busy() == [(at(on, 9), at(on, 11))]
    times = {"start": {"dateTime": at(on, 13).isoformat()}, "end": {"dateTime": at(on, 15).isoformat()}}
    google.write({"id": event["id"], **times}, "kim@example.com")
    read(kim)
    concern = Concern.objects.get(status="open")
    assert (concern.proposed_technician, concern.proposed_starts_at, busy()) == (
        kim.technician, at(on, 13), [(at(on, 13), at(on, 15))],
    )  # fmt: skip
    google.delete(event["id"], "kim@example.com")
    read(kim)
    concern = Concern.objects.get(status="open")
    assert (concern.kind, busy()) == (Concern.Kind.EVENT_DELETED, [])
    restore(concern)
    for each in (connection, kim):
        settle(each)
    assert (len(google.events()), len(google.events("kim@example.com"))) == (1, 0)


def test_who_declines_and_invites_a_colleague_hands_over(google, connection, visit, kim):
    drag(google, visit.starts_at, attendees=[
        {"email": "sam@example.com", "self": True, "responseStatus": "declined"}, {"email": "kim@example.com"},
    ])  # fmt: skip
    read(connection)
    concern = Concern.objects.get(status="open")
    assert concern.proposed_technician == kim.technician
    accept(concern)
    for each in (connection, kim):
        settle(each)
    assert (len(google.events()), len(google.events("kim@example.com"))) == (0, 1)


def test_a_colleague_who_is_only_invited_is_the_technicians_own_doing(google, connection, visit, kim):
    drag(google, visit.starts_at, attendees=[{"email": "kim@example.com"}])
    read(connection)
    drain(connection)
    assert Concern.objects.count() == 0
    assert google.events()[0]["attendees"][0]["email"] == "kim@example.com"
