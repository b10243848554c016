"""What is pressed in the inbox is done by the service that owns it, said in words, and taken back where that is possible."""

from datetime import date, time, timedelta

import pytest
from django.contrib import messages

from bookings import models
from bookings.services import appointments, lifecycle
from calendars.models import Invitation
from desk.models import Handling
from telephony.models import LineTest, MarkedNumber
from tests.desk import shelf as rows
from tests.desk.inbox.shelf import HOUR, PHONE, Kind, concern, failed_text, ids, late, late_key, lead, press, shown
from tests.desk.test_conflicts import at, moved


def said(answer):
    assert answer.status_code == 200
    return answer.context["said"].text


def offered(client, **query):
    [band] = shown(client, **query).context["inbox"].bands
    return [each.label for each in band.shown[0].offers]


def undo(client, answer):
    """Press the button that takes back what was just done."""
    thing, back = answer.context["thing"], answer.context["said"].undo
    return press(client, thing.kind, thing.key, back.step, **back.fields)


# Emergencies


def test_an_emergency_is_taken_and_then_over(desk, shop, now):
    emergency = rows.danger(shop, now, origin="call:5")
    lead(shop, now, origin="call:5", reason="emergency")
    concern(shop, now, Kind.EMERGENCY, "call:5", origin="call:5")
    assert offered(desk) == ["I have it", "Call (212) 555-0209", "Safe again"]
    assert said(press(desk, "emergency", emergency.pk, "take")) == "It is yours: nobody else is told. Call back."
    emergency.refresh_from_db()
    assert (emergency.acknowledged_by, emergency.next_step_at) == ("dee at the desk", None)
    assert shown(desk).context["inbox"].bands[0].shown[0].mine
    assert said(press(desk, "emergency", emergency.pk, "take")) == "dee at the desk has it already."
    assert offered(desk) == ["Call (212) 555-0209", "Safe again"]
    answer = press(desk, "emergency", emergency.pk, "over")
    assert said(answer) == "Safe again: this call may book, and nobody else is told."
    assert ids(answer) == []
    emergency.refresh_from_db()
    assert emergency.released_by == "dee at the desk"
    assert (models.Lead.objects.get().status, models.Concern.objects.get().status) == ("done", "done")
    assert said(press(desk, "emergency", emergency.pk, "over")) == "It was marked as safe already."
    assert len(ids(shown(desk, tab="done"))) == 3


# Callers to call back


def test_a_caller_is_reached_and_taken_back(desk, shop, now):
    waits = lead(shop, now)
    assert offered(desk) == ["Call back (212) 555-0209", "Book", "Reached", "No answer"]
    answer = press(desk, "lead", waits.pk, "reached")
    assert (said(answer), ids(answer)) == ("Called back.", [])
    assert said(press(desk, "lead", waits.pk, "reached")) == "It was done already."
    assert offered(desk, tab="done") == ["Undo: back on the list"]
    assert ids(undo(desk, answer)) == [f"lead-{waits.pk}"]
    assert said(press(desk, "lead", waits.pk, "reopen")) == "It is on the list already."


def test_no_answer_puts_aside_for_half_an_hour_and_counts(desk, shop, now):
    waits = lead(shop, now)
    answer = press(desk, "lead", waits.pk, "no_answer", tries="0")
    assert (said(answer), ids(answer)) == ("Nobody answered: it comes back at 9:30 am.", [])
    assert said(press(desk, "lead", waits.pk, "no_answer", tries="0")) == "That call was counted already."
    back = undo(desk, answer)
    assert "Called once, no answer, last at 9 am" in back.content.decode()
    press(desk, "lead", waits.pk, "no_answer", tries="1")
    noted = Handling.objects.get()
    assert (noted.tries, noted.snoozed_until) == (2, now + timedelta(minutes=30))


@pytest.mark.parametrize("kind", ["spam", "vendor"])
def test_no_customer_is_marked_as_in_the_admin_and_taken_back(desk, shop, now, kind):
    waits, other = lead(shop, now, origin="call:1"), lead(shop, now, origin="call:2")
    answer = press(desk, "lead", waits.pk, kind)
    assert said(answer) == "(212) 555-0209 is marked. It is still answered; its calls are off the list."
    assert ids(answer) == []
    assert MarkedNumber.objects.get().kind == kind
    assert set(ids(undo(desk, answer))) == {f"lead-{waits.pk}", f"lead-{other.pk}"}
    assert MarkedNumber.objects.count() == 0


def test_who_withheld_their_number_cannot_be_called_or_marked(desk, shop, now):
    waits = lead(shop, now, phone="")
    assert offered(desk) == ["Book", "Reached", "No answer"]
    text = shown(desk).content.decode()
    assert "Number withheld" in text
    assert "tel:" not in text
    assert said(press(desk, "lead", waits.pk, "spam")) == "This caller withheld their number: nothing can be marked."


def test_a_lead_shows_who_is_at_the_number_unless_several_are(desk, shop, now):
    ann = models.Customer.objects.create(shop=shop, name="Ann", name_key="ann", phone=PHONE)
    lead(shop, now)
    assert f"/customers/{ann.pk}/" in shown(desk).content.decode()
    models.Customer.objects.create(shop=shop, name="Bob", name_key="bob", phone=PHONE)
    assert "/customers/" not in shown(desk).content.decode().partition('id="inbox"')[2]


# Conflicts


def test_a_conflict_is_accepted_and_the_move_can_be_taken_back(desk, shop, now):
    waits = moved(shop, now)
    labels = offered(desk)
    assert labels[:2] == ["Accept: move the visit and text the customer", "Put the event back"]
    assert "Done" not in labels
    seen = shown(desk).context["inbox"].bands[0].shown[0].item.conflict.seen
    assert said(press(desk, "concern", waits.pk, "done")) == "This waits for a decision: accept it, or put the event back."
    stale = press(desk, "concern", waits.pk, "accept", seen="something else")
    assert stale.context["said"].well is False
    assert models.Visit.objects.get().starts_at == at(9)
    answer = press(desk, "concern", waits.pk, "accept", seen=seen)
    assert models.Visit.objects.get().starts_at == at(14)
    assert ids(answer) == []
    page = answer.content.decode()
    assert "The promise is now Wed 25 Nov, 2\u20134 pm" in page
    assert press(desk, "concern", waits.pk, "accept", seen=seen).context["said"].well is False
    assert offered(desk, tab="done") == []
    back = undo(desk, answer)
    assert "is back with" in said(back)
    assert models.Visit.objects.get().starts_at == at(9)
    again = undo(desk, answer).context["said"]
    assert again.well is False
    assert "Somebody changed the visit" in again.text


def test_what_the_rules_are_against_by_now_is_not_taken_back(desk, shop, now):
    waits = moved(shop, now)
    seen = shown(desk).context["inbox"].bands[0].shown[0].item.conflict.seen
    answer = press(desk, "concern", waits.pk, "accept", seen=seen)
    models.TimeOff.objects.create(shop=shop, technician=waits.technician, starts_at=at(8), ends_at=at(12))
    assert "It was not taken back. Time off from 8:00 am to 12:00 pm. Move the visit by hand" in said(undo(desk, answer))
    assert models.Visit.objects.get().starts_at == at(14)
    for wrong in ({}, {"technician": "1", "version": "1", "starts_at": "soon"}, {"technician": "1", "version": "x"}):
        assert press(desk, "concern", waits.pk, "take_back", **wrong).status_code == 404


def test_a_conflict_is_put_back_or_waited_for(desk, shop, now):
    waits = moved(shop, now)
    seen = shown(desk).context["inbox"].bands[0].shown[0].item.conflict.seen
    answer = press(desk, "concern", waits.pk, "wait", note="Left a voicemail")
    assert "Waiting: Left a voicemail" in answer.content.decode()
    answer = press(desk, "concern", waits.pk, "restore", seen=seen)
    assert said(answer) == "The visit stands as promised. Its event is put back by itself."
    assert ids(answer) == []
    waits.refresh_from_db()
    assert waits.status == "done"


# Promises not kept


def test_a_promise_is_shown_beside_what_stands_and_corrected_by_text(desk, shop, now):
    booking = rows.book(shop, now, on=date(2026, 11, 25), at=time(9))
    models.Booking.objects.update(language="es")
    waits = concern(shop, now, Kind.OTHER_TIME, booking=booking, said="See you Thursday", stands="Wednesday, 9 to 11")
    assert offered(desk) == ["Text what stands", "Call Jane Doe", "Done"]
    page = shown(desk).content.decode()
    assert "See you Thursday" in page
    assert "Wednesday, 9 to 11" in page
    answer = press(desk, "concern", waits.pk, "correct")
    assert (said(answer), ids(answer)) == ("The customer is texted what stands.", [])
    text = models.OutgoingMessage.objects.get(reason__startswith="correct:")
    assert "correcci" in text.body
    assert said(press(desk, "concern", waits.pk, "correct")) == "Nothing was sent: this is done already."
    undo(desk, answer)
    assert offered(desk) == ["Call Jane Doe", "Done"]
    assert "A text with what stands: waiting to be sent." in shown(desk).content.decode()


def test_no_text_is_sent_of_a_booking_that_is_over(desk, shop, now):
    booking = rows.book(shop, now, on=date(2026, 11, 25), at=time(9))
    waits = concern(shop, now, Kind.NOT_TOLD, booking=booking, said="", stands="Wednesday")
    models.Booking.objects.update(status="done")
    answer = press(desk, "concern", waits.pk, "correct")
    assert said(answer).startswith("Nothing was sent: the booking is over")
    assert ids(answer) == [f"concern-{waits.pk}"]
    assert models.OutgoingMessage.objects.filter(reason__startswith="correct:").count() == 0


def test_what_was_promised_and_not_booked_is_booked_for_the_caller(desk, shop, now):
    called = lead(shop, now, origin="call:1", urgent=True)
    concern(shop, now, Kind.NOT_BOOKED, origin="call:1", said="Thursday at nine", stands="Nothing")
    shown_ = shown(desk, group="promises").context["inbox"].bands[0].shown[0]
    assert [(each.label, each.href) for each in shown_.offers] == [
        ("Book", f"/board/new/?lead={called.pk}&shop={shop.pk}"), ("Call (212) 555-0209", f"tel:{PHONE}"), ("Done", ""),
    ]  # fmt: skip


# Calendars, texts, the line, addresses


def test_a_missing_address_is_typed_in_place(desk, shop, now):
    booking = rows.book(shop, now, on=date(2026, 11, 25), at=time(9), address="")
    waits = models.Concern.objects.get(kind=Kind.ADDRESS)
    text = shown(desk).content.decode()
    assert f'id="address-concern-{waits.pk}"' in text
    assert offered(desk)[0] == "Keep the address"
    nothing = press(desk, "concern", waits.pk, "address", address=" , ")
    assert said(nothing) == "Type the address, as it stands on an envelope."
    assert ids(nothing) == [f"concern-{waits.pk}"]
    version = booking.visits.get().version
    answer = press(desk, "concern", waits.pk, "address", address="5 Elm St, New York 10002")
    assert said(answer).startswith(f"{booking.reference} goes to 5 Elm St, New York 10002.")
    assert ids(answer) == []
    booking.refresh_from_db()
    assert (booking.property.address, booking.zip_code, booking.status) == ("5 Elm St, New York 10002", "10002", "booked")
    assert booking.visits.get().version == version + 1
    assert booking.changes.get(kind="corrected").by == "desk:dee"
    waits.refresh_from_db()
    assert waits.status == "done"


def test_an_address_is_not_written_over_by_who_comes_late(desk, shop, now):
    booking = rows.book(shop, now, on=date(2026, 11, 25), at=time(9), address="")
    waits = models.Concern.objects.get(kind=Kind.ADDRESS)
    press(desk, "concern", waits.pk, "address", address="12 Main St, New York 10001")
    late_one = press(desk, "concern", waits.pk, "address", address="5 Elm St, New York 10002")
    assert said(late_one) == "Nothing was changed: this is done already."
    booking.refresh_from_db()
    assert str(booking.property).startswith("12 Main St")


def test_an_address_that_cannot_be_right_stays_to_be_looked_at(desk, shop, now):
    booking = rows.book(shop, now, on=date(2026, 11, 25), at=time(9), address="")
    waits = models.Concern.objects.get(kind=Kind.ADDRESS)
    answer = press(desk, "concern", waits.pk, "address", address="1 Palm Ave, Nowhere 00000")
    assert "its ZIP code is unknown or far away" in said(answer)
    waits = models.Concern.objects.get(kind=Kind.ADDRESS, status="open")
    assert ids(answer) == [f"concern-{waits.pk}"]
    appointments.cancel(booking.pk, by="desk:eve", reason="", now=now)
    late_one = press(desk, "concern", waits.pk, "address", address="5 Elm St, New York 10002")
    assert said(late_one) == "Nothing was changed: the booking is cancelled by now."


def test_a_technician_is_sent_the_link_to_connect(desk, shop, now):
    technician = models.Technician.objects.filter(shop=shop)[0]
    waits = concern(shop, now, Kind.CALENDAR_BROKEN, technician=technician)
    assert offered(desk) == ["Make a link to connect", "Done"]
    assert "no number is known" in said(press(desk, "concern", waits.pk, "invite"))
    models.Technician.objects.update(phone="+12125550150")
    assert offered(desk) == ["Text a link to connect", f"Call {technician.name}", "Done"]
    answer = press(desk, "concern", waits.pk, "invite")
    assert said(answer).startswith(f"{technician.name} is texted a link")
    assert ids(answer) == [f"concern-{waits.pk}"]  # it is broken until it is connected
    assert Invitation.objects.filter(withdrawn_at=None).count() == 1
    assert models.OutgoingMessage.objects.get().to == "+12125550150"


def test_a_text_is_tried_again_once_and_comes_back_if_it_fails_again(desk, shop, now):
    text, waits = failed_text(shop, now)
    assert offered(desk) == ["Try again", "Call (212) 555-0209", "Done"]
    assert "Your repair is booked." in shown(desk).content.decode()
    assert ids(press(desk, "concern", waits.pk, "again")) == []
    assert said(press(desk, "concern", waits.pk, "again")) == "It was tried again already, or is no longer kept."
    again = models.OutgoingMessage.objects.exclude(pk=text.pk).get()
    assert (again.status, again.body, again.reason) == ("queued", text.body, f"confirm:1:again:{text.pk}")
    models.OutgoingMessage.objects.filter(pk=again.pk).update(status="failed")
    waits = concern(shop, now, Kind.MESSAGE_FAILED, f"message:{again.pk}")
    press(desk, "concern", waits.pk, "again")
    assert models.OutgoingMessage.objects.latest("pk").reason == f"confirm:1:again:{again.pk}"


def test_a_text_of_an_alarm_is_not_sent_again(desk, shop, now):
    failed_text(shop, now, reason="alarm:1:1")
    assert offered(desk) == ["Call (212) 555-0209", "Done"]


def test_the_line_is_tested(desk, shop, now):
    waits = concern(shop, now, Kind.LINE_BROKEN)
    assert offered(desk) == ["Test the line", "Done"]
    assert ids(press(desk, "concern", waits.pk, "test")) == [f"concern-{waits.pk}"]
    press(desk, "concern", waits.pk, "test")
    assert LineTest.objects.get().shop == shop


def test_a_concern_is_done_and_taken_back(desk, shop, now):
    waits = concern(shop, now, Kind.ADDRESS)
    answer = press(desk, "concern", waits.pk, "done")
    assert (said(answer), ids(answer)) == ("Done.", [])
    assert said(press(desk, "concern", waits.pk, "done")) == "It was done already."
    assert ids(undo(desk, answer)) == [f"concern-{waits.pk}"]
    press(desk, "concern", waits.pk, "done")
    concern(shop, now, Kind.ADDRESS)
    assert said(press(desk, "concern", waits.pk, "reopen")) == "The same is open already."


# Late visits


@pytest.mark.parametrize(("to", "steps"), [("en_route", 1), ("on_site", 1), ("done", 2)])
def test_a_late_visit_is_on_the_way_on_site_or_done_and_taken_back(desk, shop, now, to, steps):
    booking = late(shop, now, ends=-HOUR)
    key = late_key(booking)
    assert offered(desk) == ["Call Lou Late", "On the way", "On site", "Done", "Move"]
    answer = press(desk, "late", key, "step", to=to)
    assert said(answer) == f"{booking.reference}: {models.Booking.Status(to).label}."
    assert ids(answer) == ([f"late-{key}"] if to == "en_route" else [])
    booking.refresh_from_db()
    assert booking.status == to
    assert booking.changes.filter(kind="status", by="desk:dee").count() == steps
    assert ids(undo(desk, answer)) == [f"late-{key}"]
    booking.refresh_from_db()
    assert (booking.status, booking.visits.get().status) == ("booked", "active")
    assert press(desk, "late", key, "step", to="nonsense").status_code == 404


def test_a_visit_that_was_given_another_time_meanwhile_is_left_alone(desk, shop, now):
    booking = late(shop, now, ends=-HOUR)
    key = late_key(booking)
    models.Booking.objects.update(promised_to=now + timedelta(days=1))
    answer = press(desk, "late", key, "step", to="done")
    assert said(answer) == "The visit was given another time meanwhile. Nothing of yours was done."
    assert models.Booking.objects.get().status == "booked"


def test_a_visit_that_was_cancelled_meanwhile_is_left_alone(desk, shop, now):
    booking = late(shop, now, ends=-HOUR)
    models.Booking.objects.update(status="cancelled")
    answer = press(desk, "late", late_key(booking), "step", to="on_site")
    assert said(answer) == f"{booking.reference} was left as it is: it is cancelled by now."


def test_a_walk_never_says_that_nobody_was_home(shop, now):
    booking = late(shop, now, ends=-HOUR)
    lifecycle.walk(booking.pk, models.Booking.Status.DONE, by="desk:dee", now=now)
    lifecycle.walk(booking.pk, models.Booking.Status.BOOKED, by="desk:dee", now=now)
    went = [each.detail["after"] for each in booking.changes.filter(kind="status").order_by("pk")]
    assert went == ["on_site", "done", "on_site", "en_route", "booked"]


# Without the page's script


def test_without_a_script_a_press_leads_back_to_the_list_with_its_filters_and_a_way_back(desk, shop, now):
    waits = lead(shop, now)
    answer = desk.post(f"/inbox/lead/{waits.pk}/", {"step": "reached", "query": "group=leads&mine=1&evil=//x"}, follow=True)
    assert answer.redirect_chain == [("/inbox/?group=leads&mine=1", 302)]
    [told] = answer.context["messages"]
    assert told.level == messages.SUCCESS
    assert "Called back." in told.message
    assert f'action="/inbox/lead/{waits.pk}/"' in answer.content.decode()


def test_an_item_is_opened_by_its_address(desk, shop, now):
    waits = lead(shop, now)
    assert "<details>" in shown(desk).content.decode()
    assert "<details open>" in shown(desk, open=f"lead-{waits.pk}").content.decode()
