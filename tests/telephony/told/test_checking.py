"""What follows from a contradiction: a concern with both texts, a lead, a text; once, and taken back when it proves untrue."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import Booking, BookingChange, Concern, Lead, OutgoingMessage, Shop
from bookings.services.confirmations import gsm
from telephony import keeping
from telephony.models import Call, CallEvent
from telephony.told import checking
from tests.telephony.told.acting import Acting, later
from tests.telephony.told.written import Written

pytestmark = pytest.mark.django_db

OTHER_TIME = """
A: ABC HVAC, how can I help?
U: Repair on Friday at nine.
* book repair 2026-11-27 09:00
A: You're booked for Monday, November 30, between 9 and 11 AM.
U: Thanks.
"""
NOT_BOOKED = """
A: ABC HVAC, how can I help?
U: Repair tomorrow at nine.
A: You're booked for tomorrow between nine and eleven.
U: Thanks.
"""
NOT_TOLD = """
A: ABC HVAC, how can I help?
U: Repair tomorrow at nine.
* book repair 2026-11-25 09:00
A: Do you have a dog?
U: No, I have to go.
"""
TRUE = """
A: ABC HVAC, how can I help?
U: Repair tomorrow at nine.
* book repair 2026-11-25 09:00
A: You're booked for tomorrow between nine and eleven.
"""


def played(client, text, *, language="en", **options):
    return Acting(client, Written("a_call", language, (), text.strip().splitlines()), **options).play()


def concerns_of(call):
    return list(Concern.objects.filter(origin=call.origin).order_by("pk"))


def corrections():
    return list(OutgoingMessage.objects.filter(reason__startswith="correct:"))


def test_both_texts_stand_beside_each_other(client):
    call = played(client, OTHER_TIME)
    checking.check(call.pk, now=later(call))
    (concern,) = concerns_of(call)
    booking = Booking.objects.get()
    assert (concern.kind, concern.status, concern.booking, concern.shop) == ("other_time", "open", booking, call.shop)
    assert concern.said == "You're booked for Monday, November 30, between 9 and 11 AM."
    assert concern.stands == f"Friday, November 27, between 9 and 11 AM (repair visit, {booking.reference}, Jane Doe)."
    assert concern.text == "The caller was told another time than the one that is booked. Call them and agree on one."
    assert corrections() == []


def test_a_second_look_raises_nothing_and_a_closed_one_stays_closed(client):
    call = played(client, OTHER_TIME)
    checking.check(call.pk, now=later(call))
    Concern.objects.update(status="done", closed_at=timezone.now())
    checking.check(call.pk, now=later(call) + timedelta(minutes=1))
    assert [each.status for each in concerns_of(call)] == ["done"]


def test_a_promise_without_a_booking_becomes_an_urgent_lead(client):
    Shop.objects.update(correct_by_text=True)
    call = played(client, NOT_BOOKED)
    checking.check(call.pk, now=later(call))
    (concern,) = concerns_of(call)
    assert (concern.kind, concern.booking) == ("not_booked", None)
    assert concern.stands == "No such appointment was booked in this call."
    lead = Lead.objects.get()
    assert (lead.reason, lead.urgent, lead.status, lead.phone) == ("office_will_call", True, "open", "+14155550142")
    assert lead.wanted == (
        "Was promised on the phone what is not done: You're booked for tomorrow between nine and eleven."
    )  # fmt: skip
    assert OutgoingMessage.objects.count() == 0


def test_the_lead_keeps_what_was_wanted_and_a_call_back_already_made(client):
    call = played(client, NOT_BOOKED.replace("U: Thanks.", "* message the dog bites"))
    checking.check(call.pk, now=later(call))
    lead = Lead.objects.get()
    assert lead.reason == "message"
    assert lead.wanted.splitlines() == [
        "Was promised on the phone what is not done: You're booked for tomorrow between nine and eleven.",
        "“Jane Doe: the dog bites”",
    ]
    Lead.objects.update(status="done")
    checking.check(call.pk, now=later(call) + timedelta(minutes=1))
    assert Lead.objects.get().status == "done"


def test_late_words_that_put_it_right_close_it(client):
    call = played(client, NOT_BOOKED)
    checking.check(call.pk, now=later(call))
    assert checking.due(later(call) + timedelta(minutes=1)) == []
    CallEvent.objects.create(
        call=call, shop=call.shop, key="late", kind="transcript", role="assistant", detail="final",
        text="I'm sorry, I misspoke. I haven't booked anything yet.", at=call.ended_at,
        received_at=later(call) + timedelta(minutes=2),
    )  # fmt: skip
    assert checking.due(later(call) + timedelta(minutes=3)) == [call.pk]
    checking.check(call.pk, now=later(call) + timedelta(minutes=3))
    assert [(each.kind, each.status) for each in concerns_of(call)] == [("not_booked", "done")]
    assert Lead.objects.get().status == "done"
    assert checking.due(later(call) + timedelta(minutes=4)) == []


def test_a_call_is_due_when_its_words_are_there(client):
    call = played(client, TRUE)
    ended = call.ended_at
    Call.objects.filter(pk=call.pk).update(told_checked_at=None)
    assert checking.due(ended + timedelta(seconds=1)) == [call.pk]  # the report has come
    CallEvent.objects.filter(kind="end-of-call-report").delete()
    assert checking.due(ended + timedelta(seconds=30)) == []
    assert checking.due(ended + timedelta(seconds=61)) == [call.pk]
    assert checking.due(ended + timedelta(hours=25)) == []
    Call.objects.filter(pk=call.pk).update(stage="assistant")
    assert checking.due(ended + timedelta(seconds=61)) == []


def test_a_call_without_words_says_nothing(client):
    call = played(client, "* book repair 2026-11-25 09:00", report=False)
    assert checking.check(call.pk, now=later(call)) == []
    assert Call.objects.get().told_checked_at == later(call)


def test_a_look_that_began_earlier_changes_nothing(client):
    call = played(client, OTHER_TIME)
    Call.objects.update(told_checked_at=later(call))
    checking.check(call.pk, now=later(call) - timedelta(seconds=5))
    assert concerns_of(call) == []
    assert Call.objects.get().told_checked_at == later(call)


def test_what_the_office_did_since_is_no_contradiction(client):
    call = played(client, TRUE)
    booking = Booking.objects.get()
    before = {"promised_from": booking.promised_from.isoformat(), "promised_to": booking.promised_to.isoformat()}
    BookingChange.objects.create(
        booking=booking, shop=call.shop, at=later(call), kind="moved", by="desk:ann", detail={"before": before}
    )
    Booking.objects.update(
        promised_from=booking.promised_from + timedelta(days=1), promised_to=booking.promised_to + timedelta(days=1)
    )
    assert checking.check(call.pk, now=later(call)) == []


@pytest.mark.parametrize(
    ("language", "body"),
    [
        (
            "en",
            "ABC HVAC: a correction to what we said on the phone. Your repair visit is booked for Friday, November 27, arrival "
            "9 AM to 11 AM. Reference {reference}. Please call us if that does not suit you. Reply STOP to opt out.",
        ),
        (
            "es",
            "ABC HVAC: una correcci\u00f3n de lo que le dijimos por tel\u00e9fono. "
            "Su visita de reparaci\u00f3n es el viernes 27 de "
            "noviembre, llegada de 9 am a 11 am. Referencia {reference}. Ll\u00e1menos si no le conviene. Responda STOP para no "
            "recibir m\u00e1s.",
        ),
    ],
)
def test_the_shop_may_want_the_customer_to_be_written_to(client, language, body):
    call = played(client, OTHER_TIME, language=language, correct_by_text=True)
    for minutes in (0, 1):
        checking.check(call.pk, now=later(call) + timedelta(minutes=minutes))
    (text,) = corrections()
    assert text.to == "+14155550142"
    assert text.body == (gsm(body.format(reference=Booking.objects.get().reference)))
    (concern,) = concerns_of(call)
    assert concern.text.endswith("A text with what stands is sent to the customer.")


def test_nothing_is_written_of_what_moved_since_or_is_over(client):
    call = played(client, OTHER_TIME, correct_by_text=True)
    booking = Booking.objects.get()
    before = {"promised_from": booking.promised_from.isoformat(), "promised_to": booking.promised_to.isoformat()}
    BookingChange.objects.create(
        booking=booking, shop=call.shop, at=later(call), kind="moved", by="desk:ann", detail={"before": before}
    )
    Booking.objects.update(
        promised_from=booking.promised_from + timedelta(days=1), promised_to=booking.promised_to + timedelta(days=1)
    )
    checking.check(call.pk, now=later(call))
    assert [each.kind for each in concerns_of(call)] == ["other_time"]
    assert corrections() == []


def test_nothing_is_written_of_what_was_cancelled(client):
    call = played(client, OTHER_TIME, correct_by_text=True)
    Booking.objects.update(status="cancelled")
    checking.check(call.pk, now=later(call))
    assert corrections() == []


@pytest.mark.parametrize(("confirmed", "written"), [(True, 0), (False, 1)])
def test_a_confirmation_that_was_sent_has_told_of_the_booking(client, confirmed, written):
    call = played(client, NOT_TOLD, correct_by_text=True, confirm_by_text=confirmed)
    checking.check(call.pk, now=later(call))
    assert [each.kind for each in concerns_of(call)] == ["not_told"]
    assert len(corrections()) == written


def test_a_look_takes_the_same_statements_for_any_call(client, django_assert_num_queries):
    more = TRUE.replace("25", "26").replace("tomorrow", "Thursday").strip()
    short, long = played(client, TRUE), played(client, TRUE + "U: Thanks.\nA: See you tomorrow.\n" * 8 + more)
    checking.check(short.pk, now=later(short))  # what is kept of the shop in memory is there
    checking.check(long.pk, now=later(long))
    for call in (short, long):
        with django_assert_num_queries(STATEMENTS):
            checking.check(call.pk, now=later(call) + timedelta(minutes=1))


# Call and shop, answers, words, the bookings' keys, bookings, changes; savepoint, lock, concerns, the mark, release.
STATEMENTS = 11


@pytest.mark.django_db(transaction=True)
def test_what_was_said_is_forgotten_with_the_words_of_the_call(client):
    call = played(client, OTHER_TIME, transcript_days=30)
    checking.check(call.pk, now=later(call))
    Call.objects.update(recording_removed_at=later(call))
    keeping.sweep(now=later(call) + timedelta(days=29))
    assert Concern.objects.get().said != ""
    keeping.sweep(now=later(call) + timedelta(days=31))
    concern = Concern.objects.get()
    assert (concern.said, concern.stands != "", Call.objects.get().transcript) == ("", True, "")


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_raise_one_concern(client):
    call = played(client, NOT_BOOKED)

    def look():
        checking.check(call.pk, now=later(call))
        connection.close()

    threads = [Thread(target=look) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.kind for each in concerns_of(call)] == ["not_booked"]
    assert Lead.objects.count() == 1


def test_who_wanted_a_person_stays_on_the_list_when_the_promise_is_kept_after_all(client):
    call = played(client, NOT_BOOKED)
    lead = {"reason": "wanted_person", "wanted": "", "phone": "+14155550142", "created_at": call.ended_at, "urgent": True}
    Lead.objects.update_or_create(shop=call.shop, origin=call.origin, defaults=lead)
    checking.check(call.pk, now=later(call))
    CallEvent.objects.create(
        call=call, shop=call.shop, key="late", kind="transcript", role="assistant", detail="final",
        text="I'm sorry, I misspoke. I haven't booked anything yet.", at=call.ended_at,
        received_at=later(call) + timedelta(minutes=2),
    )  # fmt: skip
    checking.check(call.pk, now=later(call) + timedelta(minutes=3))
    assert [each.status for each in concerns_of(call)] == ["done"]
    assert Lead.objects.get().status == "open"
