"""Who called, where a recording's callback, which names no number, is the first we hear of a call."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from bookings.models import Lead
from bookings.services import customers
from telephony import calls
from telephony.models import Call, MarkedNumber
from telephony.reconciling import endings_lost, sweeping
from telephony.reconciling.sweeping import Swept
from telephony.twilio import chain
from tests.factories import a_shop
from tests.telephony.reconciling.said import CALLER, SHOP, SID, the_leads
from tests.telephony.twilio import signing


@pytest.fixture
def tell(client, settings):
    """What Twilio reports, signed; a recording's callback names no number."""
    settings.SERVER_URL = signing.SERVER

    def send(path, name, **changes):
        assert signing.post(client, path, signing.payload(name, CallSid=SID, **changes)).status_code == 204

    return send


def the_call():
    return Call.objects.values_list("twilio_sid", "from_number", "to_number", "outcome").get()


RECORDED = ("/twilio/recording", "recording_status_completed")
OVER = ("/twilio/status", "voice_status_completed")


def test_the_status_that_follows_says_who_left_the_message(shop, vendors, now, tell):
    jane = customers.customer(shop_id=shop.pk, name="Jane Doe", phone=CALLER)
    tell(*RECORDED)
    assert the_leads() == [("voicemail", "open", "")]
    for _ in range(2):
        tell(*OVER, From=CALLER, To=SHOP)
    assert the_leads() == [("voicemail", "open", CALLER)]
    assert Lead.objects.get().customer == jane
    assert the_call() == (SID, CALLER, SHOP, "voicemail")


def test_whose_number_two_customers_have_is_not_guessed(shop, vendors, tell):
    for each in ("Jane Doe", "John Doe"):
        customers.customer(shop_id=shop.pk, name=each, phone=CALLER)
    tell(*RECORDED)
    tell(*OVER, From=CALLER, To=SHOP)
    lead = Lead.objects.get()
    assert (lead.phone, lead.customer) == (CALLER, None)


@pytest.mark.parametrize("minutes", [4, 30])
def test_twilio_is_asked_who_left_the_message(shop, vendors, now, tell, minutes):
    vendors.rings(status="completed")
    tell(*RECORDED)
    assert sweeping.sweep(now=now + timedelta(minutes=minutes)).settled == 1
    assert (the_leads(), the_call()) == ([("voicemail", "open", CALLER)], (SID, CALLER, SHOP, "voicemail"))
    assert sweeping.sweep(now=now + timedelta(minutes=minutes + 5)) == Swept()


def test_a_call_that_was_closed_without_a_number_gets_it_later(shop, vendors, now, tell):
    vendors.rings(status="completed")
    tell(*RECORDED)
    tell(*OVER, From=None, To=None)
    vendors.fault(service="twilio", status=500)
    assert sweeping.sweep(now=now) == Swept()
    assert (the_leads(), the_call()[1:3]) == ([("voicemail", "open", "")], ("", ""))
    vendors.fault(clear=True)
    assert sweeping.sweep(now=now + timedelta(minutes=3)) == Swept(settled=1)
    assert (the_leads(), the_call()) == ([("voicemail", "open", CALLER)], (SID, CALLER, SHOP, "voicemail"))


def test_a_marked_number_is_known_again(shop, vendors, now, tell):
    MarkedNumber.objects.create(shop=shop, phone=CALLER)
    vendors.rings(status="completed")
    tell(*RECORDED)
    tell(*OVER, From=None, To=None)
    sweeping.sweep(now=now)
    assert (the_leads(), the_call()[3]) == ([("voicemail", "spam", CALLER)], "spam")


@pytest.mark.parametrize("withheld", ["anonymous", "+266696687"])
def test_who_withholds_their_number_is_asked_for_once(shop, vendors, now, tell, withheld):
    vendors.rings(status="completed", caller=withheld)
    tell(*RECORDED)
    tell(*OVER, From=None, To=None)
    assert len(endings_lost.due(now)) == 1
    sweeping.sweep(now=now)
    assert (the_leads(), the_call()) == ([("voicemail", "open", "")], (SID, "", SHOP, "voicemail"))
    assert endings_lost.due(now + timedelta(hours=1)) == []


def test_whom_the_status_shows_to_be_withheld_is_not_asked_for(shop, vendors, now, tell):
    tell(*RECORDED)
    tell(*OVER, From="anonymous", To=SHOP)
    assert the_call() == (SID, "", SHOP, "voicemail")
    assert endings_lost.due(now) == []


def test_a_call_that_twilio_does_not_know_is_asked_for_once(shop, vendors, now, tell):
    tell(*RECORDED)
    tell(*OVER, From=None, To=None)
    assert sweeping.sweep(now=now) == Swept()
    assert endings_lost.due(now + timedelta(hours=20)) == []
    assert the_leads() == [("voicemail", "open", "")]


def test_with_two_shops_the_message_is_found_by_the_number_that_was_called(shop, vendors, now, tell):
    other = a_shop(phone_number="+12125550101")
    vendors.rings(status="completed", to=other.phone_number)
    recording = vendors.recorded()
    tell(*RECORDED, RecordingSid=recording["sid"])
    assert not Call.objects.exists()
    later = now + timedelta(minutes=5)
    assert sweeping.sweep(now=later) == Swept(found=2)
    lead = Lead.objects.get()
    assert (lead.shop, lead.reason, lead.status, lead.phone) == (other, "voicemail", "open", CALLER)
    assert lead.recording_url.endswith(recording["sid"])
    assert (Call.objects.get().shop, the_call()) == (other, (SID, CALLER, other.phone_number, "voicemail"))
    assert sweeping.sweep(now=later + timedelta(minutes=1)) == Swept()


def test_with_two_shops_the_status_in_between_loses_no_message(shop, vendors, now, tell):
    other = a_shop(phone_number="+12125550101")
    vendors.rings(status="completed", to=other.phone_number)
    vendors.recorded()
    tell(*RECORDED)
    tell(*OVER, From=CALLER, To=other.phone_number)
    assert sweeping.sweep(now=now + timedelta(minutes=5)) == Swept(found=1)
    assert (Lead.objects.get().shop, the_leads()) == (other, [("voicemail", "open", CALLER)])


@pytest.mark.concurrency
def test_the_number_and_the_message_at_once_find_each_other(shop, vendors, now):
    """Whichever of the callbacks is first at the lead: it has the number in the end."""
    for n in range(8):
        sid = f"CA{n:032x}"
        first = calls.record(shop=shop, now=now, twilio_sid=sid)
        ready = threading.Barrier(2)

        def keep(call=first, ready=ready):
            try:
                ready.wait()
                chain.keep_lead(call, Lead.Reason.VOICEMAIL, now=now)
            finally:
                connection.close()

        def name(pk=first.pk, ready=ready):
            try:
                call = Call.objects.get(pk=pk)
                ready.wait()
                calls.name(call, from_number=CALLER, to_number=SHOP)
            finally:
                connection.close()

        threads = [threading.Thread(target=each) for each in (keep, name)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert the_leads() == [("voicemail", "open", CALLER)] * 8
