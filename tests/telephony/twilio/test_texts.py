"""Texts: sent once, whatever Twilio and the worker do; failures reach a person."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import Booking, Concern, Customer, Lead, OutgoingMessage, Shop
from bookings.services import appointments, confirmations, messages, rosters, transactions
from bookings.services.asking import Request, When
from telephony.twilio import texts
from tests.telephony.twilio import signing

TO = "+14155550123"
Status = OutgoingMessage.Status


@pytest.fixture
def text(shop):
    """A text that is due now."""
    messages.queue(shop_id=shop.pk, reason="r1", to=TO, body="Hello from ABC HVAC", now=timezone.now())
    return OutgoingMessage.objects.get()


def after(text, **wait):
    """Send as at a later time, if it is due by then."""
    texts.send(text.pk, now=timezone.now() + timedelta(**wait))
    text.refresh_from_db()
    return text


def test_a_text_is_sent_once(text, vendors):
    for _ in range(3):
        after(text)
    (sent,) = vendors.messages()
    assert (sent["to"], sent["from"], sent["body"]) == (TO, "+12125550100", "Hello from ABC HVAC")
    assert (text.status, text.sid, text.attempts) == (Status.SENT, sent["sid"], 1)
    assert text.sent_at is not None


@pytest.mark.concurrency
def test_workers_at_once_send_it_once(text, vendors):
    def work(_):
        try:
            texts.send(text.pk, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert len(vendors.messages()) == 1


def test_too_many_requests_are_tried_again(text, vendors):
    vendors.fault(service="twilio", path="/2010-04-01", method="POST", status=429, count=1)
    assert after(text).status == Status.QUEUED
    assert after(text).status == Status.QUEUED  # not due yet
    assert after(text, minutes=1).status == Status.SENT
    assert len(vendors.messages()) == 1


def test_a_refused_connection_is_tried_again(text, vendors, settings):
    there, settings.TWILIO_API_BASE_URL = settings.TWILIO_API_BASE_URL, "http://127.0.0.1:9/twilio"
    assert after(text).status == Status.QUEUED
    settings.TWILIO_API_BASE_URL = there
    assert after(text, minutes=1).status == Status.SENT


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"drop": True}])
def test_an_unclear_failure_is_looked_up_before_anything_is_sent_again(text, vendors, arrived, fault):
    vendors.fault(service="twilio", path="/2010-04-01", method="POST", count=1, after=arrived, **fault)
    assert after(text).status == Status.UNKNOWN
    assert len(vendors.messages()) == arrived
    after(text, minutes=1)
    assert text.status == (Status.SENT if arrived else Status.QUEUED) or text.status == Status.DELIVERED
    after(text, minutes=2)
    assert text.status in (Status.SENT, Status.DELIVERED)
    (sent,) = vendors.messages()
    assert text.sid == sent["sid"]


def test_a_lookup_that_fails_sends_nothing(text, vendors):
    vendors.fault(service="twilio", path="/2010-04-01", method="POST", count=1, after=True, status=500)
    after(text)
    vendors.fault(service="twilio", path="/2010-04-01", method="GET", status=500)
    assert after(text, minutes=1).status == Status.UNKNOWN
    assert len(vendors.messages()) == 1
    assert after(text, hours=5).status == Status.FAILED
    assert Concern.objects.get().kind == Concern.Kind.MESSAGE_FAILED


def test_a_worker_that_died_holding_it_is_looked_up(text, vendors):
    OutgoingMessage.objects.update(status=Status.SENDING, next_attempt_at=timezone.now() + texts.LEASE)
    assert after(text).status == Status.SENDING
    assert after(text, minutes=2).status == Status.QUEUED
    assert after(text, minutes=3).status == Status.SENT
    assert len(vendors.messages()) == 1


def test_an_equal_text_of_before_is_not_taken_for_this_one(text, shop, vendors):
    after(text)
    messages.queue(shop_id=shop.pk, reason="r2", to=TO, body=text.body, now=timezone.now())
    second = OutgoingMessage.objects.get(reason="r2")
    vendors.fault(service="twilio", path="/2010-04-01", method="POST", count=1, status=500)
    after(second)
    assert after(second, minutes=1).status == Status.QUEUED
    assert after(second, minutes=2).status == Status.SENT
    assert len(vendors.messages()) == 2


def test_a_refusal_is_final_and_a_person_hears_of_it(text, vendors):
    vendors.behave(TO, opted_out=True)
    for minutes in (0, 10):
        after(text, minutes=minutes)
    assert (text.status, text.error_code, text.attempts) == (Status.FAILED, "21610", 1)
    concern = Concern.objects.get()
    assert concern.kind == Concern.Kind.MESSAGE_FAILED
    assert "opted out" in concern.text
    assert TO not in concern.text


def test_a_wrong_token_is_final(text, vendors):
    vendors.fault(service="twilio", path="/2010-04-01", method="POST", status=401)
    assert (after(text).status, text.error_code) == (Status.FAILED, "20003")


def test_news_of_yesterday_are_not_sent(text, vendors):
    assert after(text, hours=5).status == Status.FAILED
    assert vendors.messages() == []


def test_the_sweep_finds_what_is_due(text, shop):
    later = timezone.now() + timedelta(hours=1)
    messages.queue(shop_id=shop.pk, reason="r2", to=TO, body="b", now=later)
    assert texts.due(timezone.now()) == [text.pk]
    OutgoingMessage.objects.filter(pk=text.pk).update(status=Status.DELIVERED)
    assert texts.due(timezone.now()) == []


@pytest.mark.processes
def test_the_sweep_sends_what_is_due_and_ends_in_time(text, shop, vendors):
    for number in range(3):
        messages.queue(shop_id=shop.pk, reason=f"more-{number}", to=TO, body=f"Text {number}", now=timezone.now())
    texts.sweep(seconds=0)  # one text is always sent
    assert len(vendors.messages()) == 1
    texts.sweep(seconds=8)
    assert len(vendors.messages()) == 4
    assert set(OutgoingMessage.objects.values_list("status", flat=True)) == {Status.SENT}


def test_a_dead_broker_holds_nobody():
    """The receiver runs inside a webhook: a broker that is not there must neither fail nor hold it."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django, time; django.setup(); from telephony import receivers; began = time.monotonic();"
            "receivers.wake_the_sender(None, message_id=1); assert time.monotonic() - began < 0.5",
        ],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "hvacsched.settings", "REDIS_URL": "redis://127.0.0.1:9/0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# --- Twilio's reports --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [["sent", "delivered"], ["delivered", "sent"], ["delivered", "delivered", "queued"]])
def test_reports_in_any_order_end_delivered(text, tell, vendors, order):
    after(text)
    for status in order:
        tell(
            f"/twilio/message-status?message={text.public_id}",
            signing.payload("sms_status_delivered", MessageStatus=status, MessageSid=text.sid),
        )
    text.refresh_from_db()
    assert text.status == Status.DELIVERED


def test_a_report_before_the_answer_is_kept(text, tell):
    OutgoingMessage.objects.update(status=Status.SENDING)
    tell(f"/twilio/message-status?message={text.public_id}", signing.payload("sms_status_delivered"))
    text.refresh_from_db()
    assert (text.status, text.sid) == (Status.DELIVERED, "SMc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3")


def test_a_report_finds_its_text_by_sid(text, tell):
    OutgoingMessage.objects.update(status=Status.SENT, sid="SMc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3")
    for _ in range(2):
        tell("/twilio/message-status", signing.payload("sms_status_failed_21610"))
    text.refresh_from_db()
    assert (text.status, text.error_code) == (Status.FAILED, "21610")
    assert Concern.objects.count() == 1


@pytest.mark.parametrize("query", ["", "?message=nonsense", "?message=0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e"])
def test_a_report_on_an_unknown_text_changes_nothing(text, tell, query):
    tell(f"/twilio/message-status{query}", signing.payload("sms_status_failed_21610"))
    text.refresh_from_db()
    assert text.status == Status.QUEUED


# --- Confirmations -----------------------------------------------------------------------------------------------------


def roster_of(shop_id):
    return rosters.of(shop_id, Shop.objects.get(pk=shop_id).config_version)


@pytest.fixture
def booking(shop, now):
    roster = roster_of(shop.pk)
    request = Request(
        service=next(each for each in roster.services if each.key == "repair"),
        when=When(date(2026, 11, 25), time(9)),
        customer_name="Jane Doe",
        customer_phone=TO,
        origin="call:1",
        requested_at=now,
        by="call:1",
    )
    return transactions.run("call:1", lambda: appointments.book(roster, request, now=now)).booking


def waiting():
    return list(OutgoingMessage.objects.order_by("pk"))


def test_a_booking_is_confirmed_once(booking, now):
    for _ in range(2):
        confirmations.queue_confirmation(booking, roster_of(booking.shop_id), now)
    (message,) = waiting()
    assert message.to == TO
    assert message.reason.startswith(f"confirm:{booking.public_id}:20261125T1400Z:")
    assert message.body == (
        "ABC HVAC: your repair visit is booked for Wednesday, November 25, arrival 9 AM to 11 AM. "
        f"Reference {booking.reference}. Reply STOP to opt out."
    )


def test_the_confirmation_of_a_booking_just_made_is_sent(booking, vendors, now):
    """A fresh booking holds its times in the shop's zone, the stored one in UTC: both are the same promise."""
    confirmations.queue_confirmation(booking, roster_of(booking.shop_id), now)
    confirmations.queue_confirmation(Booking.objects.get(), roster_of(booking.shop_id), now)
    (message,) = waiting()
    texts.send(message.pk, now=now)
    (sent,) = vendors.messages()
    assert (sent["to"], sent["body"]) == (TO, message.body)
    message.refresh_from_db()
    assert message.status == Status.SENT


def test_a_corrected_number_is_sent_its_confirmation_and_the_wrong_one_none(booking, vendors, now):
    confirmations.queue_confirmation(booking, roster_of(booking.shop_id), now)
    Customer.objects.filter(pk=booking.customer_id).update(phone="+14155550199")
    booking = Booking.objects.select_related("customer").get()
    confirmations.queue_confirmation(booking, roster_of(booking.shop_id), now)
    for message in waiting():
        texts.send(message.pk, now=now)
    assert [sent["to"] for sent in vendors.messages()] == ["+14155550199"]


def test_no_confirmation_where_none_is_wanted_or_possible(booking, now):
    Shop.objects.update(confirm_by_text=False)
    confirmations.queue_confirmation(booking, roster_of(booking.shop_id), now)
    Shop.objects.update(confirm_by_text=True)
    for number in ("555-0142", "+266696687", "anonymous", ""):
        booking.customer.phone = number
        confirmations.queue_confirmation(booking, roster_of(booking.shop_id), now)
    assert waiting() == []


def test_a_confirmation_fits_plain_segments(booking):
    Shop.objects.update(name="Łukasz\u2019s \u201cKühl\u201d & Señor Ígloo 🧊")
    text = confirmations.body(booking, roster_of(booking.shop_id))
    assert text.startswith('ukasz\'s "Kühl" & Señor Igloo : your')
    assert set(text) <= confirmations._GSM


def test_a_booking_moved_there_and_back_is_confirmed_each_time(booking, now):
    nine = booking.promised_from
    confirmations.queue_confirmation(booking, roster_of(booking.shop_id), now)
    for hours in (2, 0, 0):
        booking.promised_from = nine + timedelta(hours=hours)
        confirmations.queue_confirmation(booking, roster_of(booking.shop_id), now, moved=True)
    assert len(waiting()) == 3


def test_only_the_latest_time_is_sent(booking, vendors):
    real = timezone.now()
    promised = datetime(real.year + 1, 1, 5, 15, tzinfo=UTC)
    Booking.objects.update(promised_from=promised, promised_to=promised + timedelta(hours=2))
    booking.refresh_from_db()
    confirmations.queue_confirmation(booking, roster_of(booking.shop_id), real)
    later = promised + timedelta(days=1)
    Booking.objects.update(promised_from=later, promised_to=later + timedelta(hours=2))
    booking.refresh_from_db()
    confirmations.queue_confirmation(booking, roster_of(booking.shop_id), real, moved=True)
    for message in waiting():
        texts.send(message.pk, now=real)
    (sent,) = vendors.messages()
    assert "January 6" in sent["body"]
    (left,) = waiting()
    assert left.status == Status.SENT


@pytest.mark.parametrize(("word", "leads"), [("Cancel", 1), ("END", 1), ("stop", 0), ("Unsubscribe", 0)])
def test_a_stop_word_that_may_mean_the_visit_is_somebody_to_call_back(booking, say, word, leads):
    Booking.objects.update(promised_to="2099-01-01T00:00Z")
    for _ in range(2):
        say("/twilio/text", signing.payload("sms_inbound_C", Body=word, From=TO))
    found = list(Lead.objects.values_list("phone", "wanted"))
    assert found == [(TO, f'Wrote "{word}": perhaps to cancel booking {booking.reference}.')] * leads
