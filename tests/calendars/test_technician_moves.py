"""What technicians do to our events in Google: followed, asked about, put back; never lost, and never fought over."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from bookings.errors import RefusedError
from bookings.models import Booking, BusyBlock, Concern, OutgoingMessage, Shop, TimeOff, Visit
from bookings.services import appointments, lifecycle
from calendars.models import EventMirror
from calendars.services import decisions, surprises, work
from tests.calendars.conftest import again, at, book, connected, drain, read, start_of, workday
from tests.factories import TechnicianFactory

pytestmark = pytest.mark.django_db(transaction=True)
FOLLOW = Shop.TechnicianMoves.FOLLOW


def backdate():
    """Let Google's last word lie before the next reading, as it does outside of tests."""
    EventMirror.objects.update(confirmed_at=timezone.now() - timedelta(minutes=1))


@pytest.fixture
def visit(google, shop, connection, now):
    visit = book(shop, now)
    drain(connection)
    backdate()
    return visit


def drag(google, starts, ends=None, **more):
    [event] = google.events()
    times = {"start": {"dateTime": starts.isoformat()}, "end": {"dateTime": (ends or starts + timedelta(hours=2)).isoformat()}}
    return google.write({"id": event["id"], **times, **more})


def busy():
    return sorted(BusyBlock.objects.values_list("starts_at", "ends_at"))


def texts(booking):
    return list(OutgoingMessage.objects.filter(booking=booking).order_by("pk").values_list("body", flat=True))


def accept(concern, **more):
    full = Concern.objects.select_related("visit").get(pk=concern.pk)
    return decisions.accept(full.pk, **{"as_seen": decisions.seen(full), "by": "desk:dee", "now": timezone.now(), **more})


def restore(concern):
    full = Concern.objects.select_related("visit").get(pk=concern.pk)
    return decisions.restore(full.pk, as_seen=decisions.seen(full), now=timezone.now())


def settle(connection):
    """Write and read until nothing is behind."""
    for _ in range(2):
        drain(connection)
        backdate()
        read(connection)
    assert work.of_connection(connection.pk, now=timezone.now()) == []


# --- within the promise ---------------------------------------------------------------------------------------------------


def test_lesson_7_a_move_within_the_window_moves_the_visit_and_keeps_the_promise(google, connection, visit, now):
    on, before = workday(now), visit.booking
    drag(google, at(on, 10))
    read(connection)
    visit = again(visit)
    assert (visit.starts_at, visit.ends_at, visit.pinned) == (at(on, 10), at(on, 12), True)
    assert (visit.booking.promised_from, visit.booking.promised_to) == (before.promised_from, before.promised_to)
    assert (Concern.objects.count(), texts(visit.booking), busy()) == (0, [], [])
    change = visit.booking.changes.get(kind="moved")
    assert change.by == "calendar:Sam"
    settle(connection)
    assert start_of(google.events()[0]) == at(on, 10)
    assert Concern.objects.count() == 0


def test_lesson_8_our_own_echo_changes_nothing(google, connection, visit, now):
    drag(google, at(workday(now), 10))
    read(connection)
    settle(connection)
    version, etag = again(visit).version, google.events()[0]["etag"]
    for _ in range(2):
        read(connection)
        drain(connection)
    assert (again(visit).version, google.events()[0]["etag"]) == (version, etag)
    assert visit.booking.changes.filter(kind="moved").count() == 1


def test_lesson_14_a_move_that_is_followed_is_written_once_and_makes_no_second_event(google, connection, visit, now):
    drag(google, at(workday(now), 10))
    moved = google.events()[0]["etag"]
    read(connection)
    drain(connection)
    [event] = google.events()
    assert event["etag"] == moved  # the event said all it should already
    assert EventMirror.objects.get().pushed_version == again(visit).version


def test_a_move_within_the_window_that_the_rules_refuse_is_asked_about(google, shop, connection, visit, now):
    on = workday(now)
    technician = connection.technician
    TimeOff.objects.create(shop=shop, technician=technician, starts_at=at(on, 11, 30), ends_at=at(on, 13))
    drag(google, at(on, 10))
    read(connection)
    assert again(visit).starts_at == at(on, 9)
    concern = Concern.objects.get()
    assert (concern.kind, concern.proposed_starts_at) == (Concern.Kind.EVENT_MOVED, at(on, 10))
    assert "It cannot follow by itself: " in concern.text
    assert "ime off" in concern.text


# --- outside of it --------------------------------------------------------------------------------------------------------


def test_lesson_7_a_move_outside_the_window_is_asked_about_and_not_fought_over(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    dragged = google.events()[0]["etag"]
    for _ in range(3):
        read(connection)
        drain(connection)
    assert google.events()[0]["etag"] == dragged
    assert again(visit).starts_at == at(on, 9)
    [concern] = Concern.objects.all()
    assert (concern.kind, concern.status) == (Concern.Kind.EVENT_MOVED, "open")
    assert (concern.proposed_starts_at, concern.proposed_ends_at) == (at(on, 14), at(on, 16))
    # Both times are taken: what was promised, and where the technician went.
    assert busy() == [(at(on, 14), at(on, 16))]
    for n, hour in enumerate((9, 14)):
        with pytest.raises(AssertionError):
            book(shop, now, hour, origin=f"call:{n + 5}", customer_name="Bob")


def test_the_text_may_change_while_it_is_undecided_and_is_written_with_the_decision(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    book(shop, now, customer_name="Jane Dough")
    drain(connection)
    assert google.events()[0]["summary"] == "HVAC repair visit - Jane Doe"
    accept(Concern.objects.get())
    settle(connection)
    [event] = google.events()
    assert (event["summary"], start_of(event)) == ("HVAC repair visit - Jane Dough", at(on, 14))


def test_accepting_moves_the_promise_and_tells_the_customer(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    done = accept(Concern.objects.get())
    assert done.window_changed
    visit = again(visit)
    assert (visit.starts_at, visit.booking.promised_from, visit.booking.promised_to) == (at(on, 14), at(on, 14), at(on, 16))
    [text] = texts(visit.booking)
    assert "arrival 2 PM to 4 PM" in text
    assert (Concern.objects.get().status, busy()) == ("done", [])
    settle(connection)
    [event] = google.events()
    assert start_of(event) == at(on, 14)
    assert "2:00 PM to 4:00 PM" in event["description"]
    assert Concern.objects.filter(status="open").count() == 0


def test_a_customer_is_told_in_the_language_they_spoke(google, shop, connection, visit, now):
    Booking.objects.update(language="es")
    drag(google, at(workday(now), 14))
    read(connection)
    accept(Concern.objects.get())
    assert "su visita de reparacion" in texts(visit.booking)[0]


def test_restoring_puts_the_event_back(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14), colorId="5")
    read(connection)
    restore(Concern.objects.get())
    assert busy() == []
    settle(connection)
    [event] = google.events()
    assert (start_of(event), event["colorId"]) == (at(on, 9), "5")
    assert Concern.objects.filter(status="open").count() == 0
    # The same move once more is a new question.
    drag(google, at(on, 14))
    read(connection)
    assert Concern.objects.filter(status="open").count() == 1


def test_by_the_shops_policy_the_visit_follows_and_the_customer_is_told(google, shop, connection, visit, now):
    Shop.objects.update(technician_moves=FOLLOW)
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    visit = again(visit)
    assert (visit.starts_at, visit.booking.promised_from) == (at(on, 14), at(on, 14))
    assert len(texts(visit.booking)) == 1
    assert Concern.objects.filter(status="open").count() == 0
    settle(connection)
    assert Concern.objects.filter(status="open").count() == 0


@pytest.mark.parametrize("days", [0, 200])
def test_the_policy_goes_no_further_than_the_rules(google, shop, connection, visit, now, days):
    Shop.objects.update(technician_moves=FOLLOW)
    on = workday(now)
    drag(google, at(on, 20) + timedelta(days=days))  # after the shift, or beyond what the shop books
    read(connection)
    assert again(visit).starts_at == at(on, 9)
    assert "It cannot follow by itself" in Concern.objects.get().text
    assert texts(visit.booking) == []


@pytest.mark.parametrize("policy", ["ask", "follow"])
def test_a_visit_made_longer_is_outside_of_what_was_promised(google, shop, connection, visit, now, policy):
    Shop.objects.update(technician_moves=policy)
    on = workday(now)
    drag(google, at(on, 9), at(on, 12))
    read(connection)
    visit = again(visit)
    if policy == "ask":
        assert visit.ends_at == at(on, 11)
        assert "180 minutes" in Concern.objects.get().text
        accept(Concern.objects.get())
        visit = again(visit)
    assert (visit.starts_at, visit.ends_at, visit.booking.minutes) == (at(on, 9), at(on, 12), 180)
    assert texts(visit.booking) == []  # the window is the same
    settle(connection)
    assert Concern.objects.filter(status="open").count() == 0


def test_a_move_that_is_taken_back_withdraws_its_question(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    drag(google, at(on, 9))
    read(connection)
    assert (Concern.objects.get().status, busy(), EventMirror.objects.get().moved_to) == ("done", [], "")
    settle(connection)
    assert again(visit).version == 1


# --- deleted --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["ask", "follow"])
def test_lesson_7_a_deleted_event_cancels_nothing_until_a_person_says_so(google, connection, visit, policy):
    Shop.objects.update(technician_moves=policy)
    google.delete(google.events()[0]["id"])
    for _ in range(2):
        read(connection)
        drain(connection)
    assert google.events() == []  # nor is it put back
    [concern] = Concern.objects.all()
    assert (concern.kind, concern.status, again(visit).status) == (Concern.Kind.EVENT_DELETED, "open", "active")
    accept(concern)
    booking = Booking.objects.get()
    assert (booking.status, booking.changes.get(kind="cancelled").by) == ("cancelled", "desk:dee")
    assert "is cancelled" in texts(booking)[0]
    settle(connection)
    assert (google.events(), Concern.objects.filter(status="open").count()) == ([], 0)


def test_a_deleted_event_is_put_back_in_the_next_generation(google, connection, visit):
    google.delete(google.events()[0]["id"])
    read(connection)
    restore(Concern.objects.get())
    settle(connection)
    [event] = google.events()
    assert start_of(event) == visit.starts_at
    assert EventMirror.objects.get(retired=False).generation == 2
    assert Concern.objects.filter(status="open").count() == 0


def test_a_visit_that_is_done_asks_nothing_any_more(google, connection, visit, now):
    drag(google, at(workday(now), 14))
    read(connection)
    for step in ("on_site", "done"):
        lifecycle.step(visit.booking_id, Booking.Status(step), by="desk:dee", now=timezone.now())
    settle(connection)
    assert start_of(google.events()[0]) == visit.starts_at
    assert Concern.objects.get().status == "done"


def test_a_visit_that_is_over_is_the_technicians_to_tidy_up(google, connection, visit):
    Visit.objects.update(status=Visit.Status.DONE)
    google.delete(google.events()[0]["id"])
    for _ in range(2):
        read(connection)
        drain(connection)
    assert (google.events(), Concern.objects.count()) == ([], 0)


# --- handed to a colleague ------------------------------------------------------------------------------------------------


@pytest.fixture
def kim(google, shop, connection):
    return connected(google, TechnicianFactory(shop=shop, name="Kim", email="kim@example.com"), "kim@example.com")


def hand_over(google, *, to="kim@example.com"):
    """Move the event to another calendar, as Google does: the same id, gone here and there at once."""
    [event] = google.events()
    keeps = ("id", "summary", "description", "location", "start", "end", "extendedProperties")
    google.delete(event["id"])
    google.write({key: event[key] for key in keeps if key in event}, to)


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


# --- contested ------------------------------------------------------------------------------------------------------------


def test_both_sides_moved_the_visit_is_written_and_the_technicians_wish_is_kept(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 15))
    book(shop, now, 12)  # the caller moves it before we read
    drain(connection)
    assert start_of(google.events()[0]) == at(on, 12)
    concern = Concern.objects.get()
    assert (concern.kind, concern.status, concern.proposed_starts_at) == (Concern.Kind.EVENT_MOVED, "open", at(on, 15))
    accept(concern)
    settle(connection)
    assert start_of(google.events()[0]) == again(visit).starts_at == at(on, 15)


def test_a_later_promise_is_written_although_a_question_is_open(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 15))
    read(connection)
    book(shop, now, 12)
    settle(connection)
    assert start_of(google.events()[0]) == at(on, 12)
    concern = Concern.objects.get()
    assert concern.status == "open"
    assert "The visit was moved meanwhile too" in concern.text
    assert busy() == []


def test_who_moves_it_by_hand_to_where_it_was_dragged_has_decided(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    BusyBlock.objects.all().delete()
    book(shop, now, 14)
    settle(connection)
    assert Concern.objects.get().status == "done"


def test_of_two_who_decide_at_once_one_is_told(google, connection, visit, now):
    drag(google, at(workday(now), 14))
    read(connection)
    concern = Concern.objects.select_related("visit").get()
    seen, barrier, heard = decisions.seen(concern), threading.Barrier(2), []

    def press(what):
        barrier.wait()
        try:
            if what == "accept":
                decisions.accept(concern.pk, as_seen=seen, by="desk:dee", now=timezone.now())
            else:
                decisions.restore(concern.pk, as_seen=seen, now=timezone.now())
            heard.append("done")
        except RefusedError as refusal:
            heard.append(refusal.code)
        finally:
            database.close()

    threads = [threading.Thread(target=press, args=[what]) for what in ("accept", "restore")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == ["decided", "done"]
    settle(connection)
    assert start_of(google.events()[0]) == again(visit).starts_at


def test_what_was_changed_again_meanwhile_is_not_decided(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 14))
    read(connection)
    seen = decisions.seen(Concern.objects.select_related("visit").get())
    drag(google, at(on, 15))
    read(connection)
    concern = Concern.objects.get()
    assert concern.proposed_starts_at == at(on, 15)
    for decide in (
        lambda: decisions.accept(concern.pk, as_seen=seen, by="desk:dee", now=timezone.now()),
        lambda: decisions.restore(concern.pk, as_seen=seen, now=timezone.now()),
    ):
        with pytest.raises(RefusedError) as refusal:
            decide()
        assert refusal.value.code == "changed"
    assert (again(visit).starts_at, Concern.objects.get().status) == (at(on, 9), "open")


def test_what_the_rules_refuse_changes_nothing_and_says_why(google, shop, connection, visit, now):
    on = workday(now)
    TimeOff.objects.create(shop=shop, technician=connection.technician, starts_at=at(on, 14), ends_at=at(on, 18))
    drag(google, at(on, 14))
    read(connection)
    with pytest.raises(RefusedError) as refusal:
        accept(Concern.objects.get())
    assert "ime off" in decisions.reason(refusal.value, shop)
    assert (busy(), Concern.objects.get().status) == ([(at(on, 14), at(on, 16))], "open")


def test_what_a_killed_process_did_not_follow_is_followed_by_the_sweep(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 10))
    off = TimeOff.objects.create(shop=visit.shop, technician=connection.technician, starts_at=at(on, 11, 30), ends_at=at(on, 13))
    read(connection)
    assert Concern.objects.get().status == "open"
    off.delete()
    decisions.wait(Concern.objects.get().pk, note="Asked Jane", now=timezone.now())
    surprises.follow(now=timezone.now())
    assert again(visit).starts_at == at(on, 9)  # somebody is on it
    Concern.objects.update(waiting_since=None)
    surprises.follow(now=timezone.now())
    assert again(visit).starts_at == at(on, 10)
    assert Concern.objects.count() == 0


def test_a_cancelled_booking_closes_what_was_asked(google, connection, visit, now):
    drag(google, at(workday(now), 14))
    read(connection)
    appointments.cancel(visit.booking_id, by="desk:kim", reason="", now=now)
    settle(connection)
    assert (google.events(), busy()) == ([], [])
    assert Concern.objects.get().status == "done"


def test_a_busy_event_over_a_visit_is_not_raised_for_a_move_of_our_own(google, shop, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 9, 30))
    read(connection)
    settle(connection)
    assert Concern.objects.count() == 0
    google.write(
        {"summary": "Dentist", "start": {"dateTime": at(on, 10).isoformat()}, "end": {"dateTime": at(on, 11).isoformat()}}
    )
    read(connection)
    assert Concern.objects.get().kind == Concern.Kind.BUSY_OVER_VISIT
