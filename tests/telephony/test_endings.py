"""What came of a call, from what is stored of it, in whatever order it became known; and who is to be called back."""

from datetime import date, timedelta

import pytest

from bookings.models import Lead
from bookings.services import leads
from telephony import endings, marks
from telephony.models import Call, Emergency, MarkedNumber, Ring, ToolInvocation
from tests.desk import shelf
from tests.factories import a_shop

CALLER = "+12125550155"
TOMORROW = date(2026, 11, 25)


@pytest.fixture
def call(shop, now):
    return Call.objects.create(
        shop=shop, twilio_sid="CA1", vapi_id="v1", from_number=CALLER, started_at=now, stage="assistant"
    )  # fmt: skip


def used(call, state, now, booking=None, **arguments):
    answer = {} if booking is None else {"bookingId": str(booking.public_id)}
    ToolInvocation.objects.create(
        call=call, shop=call.shop, name="x", state=state, arguments=arguments, answer=answer,
        requested_at=now, answered_at=now, milliseconds=1,
    )  # fmt: skip


def ended(call, now, reason="customer-ended-call", **told):
    Call.objects.filter(pk=call.pk).update(**told)
    endings.close(call, reason=reason, at=now, hung_up=reason == "completed")
    call.refresh_from_db()
    return call.outcome


def the_lead():
    lead = Lead.objects.get()
    return lead.reason, lead.status, lead.wanted


def test_a_booking_of_this_call(call, shop, now):
    booked = shelf.book(shop, now, on=TOMORROW, origin=call.origin)
    used(call, "booked", now, booked)
    assert ended(call, now) == "booked"


def moved_by(call, shop, now):
    booking = shelf.book(shop, now, on=TOMORROW, origin="call:another")
    booking.changes.create(shop=shop, at=now, kind="moved", by=call.origin)
    used(call, "moved", now, booking)
    return booking


def test_a_call_that_only_moved_an_appointment(call, shop, now):
    moved_by(call, shop, now)
    assert ended(call, now) == "moved"
    assert not Lead.objects.exists()


def test_one_moved_and_one_booked_is_booked(call, shop, now):
    moved_by(call, shop, now)
    booked = shelf.book(shop, now, on=TOMORROW, origin=call.origin, name="Somebody else", address="9 Oak St", key="maintenance")
    used(call, "booked", now, booked)
    assert ended(call, now) == "booked"


def test_one_moved_and_another_cancelled_is_moved(call, shop, now):
    used(call, "cancelled", now, moved_by(call, shop, now))
    assert ended(call, now) == "moved"


def test_whoever_was_put_through_spoke_with_a_person(call, shop, now):
    Ring.objects.create(call=call, shop=shop, step=0, name="Ann", number="+12125550111", rung="Office", status="accepted")
    assert ended(call, now, "assistant-forwarded-call", wants_person="billing") == "transferred"
    assert not Lead.objects.exists()


def test_whoever_wanted_a_person_and_got_none_is_called_back(call, shop, now):
    Ring.objects.create(call=call, shop=shop, step=0, name="Ann", number="+12125550111", rung="Office", status="unanswered")
    assert ended(call, now, wants_person="A question about the bill", transcript="User: a person please") == "answered"
    assert the_lead() == ("wanted_person", "open", "A question about the bill")
    leads.close(shop_id=shop.pk, origin=call.origin)
    ended(call, now)  # a second report puts nobody back whom a person has called
    assert the_lead()[:2] == ("wanted_person", "done")


@pytest.mark.parametrize("released", [True, False])
def test_danger_counts_whatever_became_of_it(call, shop, now, released):
    Emergency.objects.create(
        shop=shop, origin=call.origin, call=call, danger="gas", heard_at=now, released_at=now if released else None
    )
    booked = shelf.book(shop, now, on=TOMORROW, origin=call.origin)
    used(call, "booked", now, booked)
    assert ended(call, now) == "emergency"
    assert the_lead()[:2] == ("emergency", "open")
    Lead.objects.update(status="done")
    assert ended(call, now) == "emergency"
    assert the_lead()[:2] == ("emergency", "done")


def test_danger_heard_after_the_call_had_ended_raises_its_lead(call, shop, now):
    Call.objects.update(stage="ringing")
    assert ended(call, now, "completed") == "abandoned"
    Emergency.objects.create(shop=shop, origin=call.origin, call=call, danger="gas", heard_at=now)
    assert ended(call, now) == "emergency"
    assert the_lead()[:2] == ("emergency", "open")


def test_what_a_lost_caller_wanted_stands_in_the_lead(call, now):
    used(call, "offered", now, serviceType="repair", problem="no heat")
    assert ended(call, now, "pipeline-error-x") == "failed"
    assert the_lead() == ("not_answered", "open", "Left without a booking, repair, no heat")


def test_vapis_analysis_says_what_was_wanted_where_no_tool_does(call, now):
    assert ended(call, now, "pipeline-error-x", wanted={"reason": "Asked for a quote"}, transcript="x") == "failed"
    assert the_lead() == ("not_answered", "open", "Asked for a quote")


def test_whoever_asked_to_be_called_back_is_on_the_list_once(call, now):
    wanted = {"reason": "Warranty", "callbackWanted": True, "callerType": "customer"}
    assert ended(call, now, wanted=wanted, transcript="x") == "answered"
    assert the_lead() == ("office_will_call", "open", "Warranty")
    Lead.objects.update(status="done")
    ended(call, now)
    assert the_lead()[:2] == ("office_will_call", "done")


# -- orders


def test_twilios_end_before_vapis_report_leaves_no_lead_for_a_caller_who_was_served(call, now):
    Call.objects.update(stage="ringing")
    assert ended(call, now, "completed") == "abandoned"
    assert the_lead()[:2] == ("abandoned", "open")
    assert ended(call, now, transcript="User: are you open? AI: yes", summary="Asked for hours") == "answered"
    assert the_lead()[:2] == ("abandoned", "done")


def test_a_failure_that_the_report_corrects_leaves_none_either(call, now):
    assert ended(call, now, "pipeline-error-x") == "failed"
    assert ended(call, now, transcript="x") == "answered"
    assert the_lead()[:2] == ("not_answered", "done")


def test_a_lead_that_was_closed_too_early_opens_again(call, now):
    Call.objects.update(stage="ringing")
    ended(call, now, "completed")
    ended(call, now, transcript="x")
    assert the_lead()[1] == "done"
    assert ended(call, now, "pipeline-error-late") == "failed"
    assert the_lead()[:2] == ("not_answered", "open")


def test_a_late_tool_makes_a_lead_of_a_caller_who_seemed_served(call, now):
    Call.objects.update(stage="ringing")
    ended(call, now, "completed")
    ended(call, now, transcript="x")
    used(call, "offered", now, serviceType="repair")
    ended(call, now)
    assert the_lead() == ("no_time", "open", "Left without a booking, repair")


def test_the_time_that_nobody_had_is_written_as_people_write_it(call, now):
    used(call, "offered", now, serviceType="repair", scheduledDate="2026-11-27T08:00", requestedDate="next week")
    ended(call, now)
    assert the_lead()[2] == "Left without a booking, repair, next week, Fri Nov 27, 8:00 AM"


def test_whoever_booked_and_then_found_nobody_to_speak_to_stays_on_the_list(call, shop, now):
    booked = shelf.book(shop, now, on=TOMORROW, origin=call.origin)
    used(call, "booked", now, booked)
    leads.keep(shop_id=shop.pk, origin=call.origin, reason=Lead.Reason.NOT_ANSWERED, phone=CALLER, now=now)
    assert ended(call, now, wants_person="the price") == "booked"
    assert the_lead()[:2] == ("not_answered", "open")


# -- spam and vendors


def mark(shop, now, kind="spam"):
    return marks.mark([CALLER], MarkedNumber.Kind(kind), shop_id=shop.pk, now=now)


@pytest.mark.parametrize("kind", ["spam", "vendor"])
def test_a_marked_number_leaves_no_lead(call, shop, now, kind):
    mark(shop, now, kind)
    assert ended(call, now, "pipeline-error-x") == "spam"
    assert not Lead.objects.exists()


@pytest.mark.parametrize("stage", ["ringing", "assistant"])
@pytest.mark.parametrize("kind", ["spam", "Vendor"])
def test_the_analysis_says_so(call, now, kind, stage):
    Call.objects.update(stage=stage)
    ended(call, now, "completed")
    assert ended(call, now, wanted={"callerType": kind}, transcript="x") == "spam"
    assert [each.status for each in Lead.objects.all()] in ([], ["spam"])


@pytest.mark.parametrize("kind", ["customer", "wrong number", "", 7])
def test_nobody_else_is_spam(call, now, kind):
    assert ended(call, now, wanted={"callerType": kind}, transcript="x") == "answered"


def test_whoever_books_is_a_customer_whatever_mark_they_have(call, shop, now):
    mark(shop, now)
    booked = shelf.book(shop, now, on=TOMORROW, origin=call.origin)
    used(call, "booked", now, booked)
    assert ended(call, now, wanted={"callerType": "spam"}) == "booked"


def test_danger_is_danger_whatever_mark(call, shop, now):
    mark(shop, now)
    Emergency.objects.create(shop=shop, origin=call.origin, call=call, danger="gas", heard_at=now)
    assert ended(call, now, wanted={"callerType": "spam"}) == "emergency"
    assert the_lead()[:2] == ("emergency", "open")


@pytest.mark.parametrize("reason", ["message", "voicemail", "office_will_call"])
def test_a_guess_takes_no_promise_from_the_list_and_a_mark_does(call, shop, now, reason):
    leads.keep(shop_id=shop.pk, origin=call.origin, reason=Lead.Reason(reason), phone=CALLER, now=now, wanted="Call me")
    assert ended(call, now, wanted={"callerType": "vendor"}, transcript="x") != "spam"
    assert the_lead() == (reason, "open", "Call me")
    mark(shop, now)
    assert the_lead() == (reason, "spam", "Call me")
    call.refresh_from_db()
    assert call.outcome == "spam"


def test_another_shops_mark_is_none_here(call, now):
    mark(a_shop(name="Other Air"), now)
    assert ended(call, now, "pipeline-error-x") == "failed"


def test_taking_the_mark_away_undoes_it(call, shop, now):
    ended(call, now, "pipeline-error-x")
    later = Call.objects.create(shop=shop, twilio_sid="CA2", from_number=CALLER, started_at=now)
    mark(shop, now)
    ended(later, now, "completed")
    assert [(each.outcome, each.stage) for each in Call.objects.order_by("pk")] == [("spam", "ended")] * 2
    assert list(Lead.objects.values_list("status", flat=True)) == ["spam"]
    assert marks.unmark([CALLER], shop_id=shop.pk, now=now + timedelta(days=1)) == 1
    assert [each.outcome for each in Call.objects.order_by("pk")] == ["failed", "abandoned"]
    assert list(Lead.objects.order_by("pk").values_list("status", flat=True)) == ["open", "open"]
    assert marks.unmark([CALLER], shop_id=shop.pk, now=now) == 0


def test_what_a_person_has_closed_stays_closed(call, shop, now):
    ended(call, now, "pipeline-error-x")
    Lead.objects.update(status="done")
    mark(shop, now)
    marks.unmark([CALLER], shop_id=shop.pk, now=now)
    assert the_lead()[:2] == ("not_answered", "done")
