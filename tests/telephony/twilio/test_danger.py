"""Danger on the voicemail and in texts: written down, told to people, and a text is answered with the script."""

import pytest

from bookings.models import Concern, Lead
from telephony.models import Call, Danger, Emergency
from telephony.safety import scripts
from tests.telephony.twilio import signing

GAS = "My basement smells like gas"


@pytest.fixture
def write(client, shop):
    """Write a text to the shop; return the texts it is answered with."""

    def send(words, sid="SM1", **more):
        said = signing.payload("sms_inbound_C", Body=words, MessageSid=sid, **more)
        answer = signing.post(client, "/twilio/text", said)
        assert answer.status_code == 200
        return [each.text for each in signing.read(answer.content).iter("Message")]

    return send


def test_a_text_is_answered_with_the_script(write, shop):
    assert write(GAS) == [scripts.default(Danger.GAS, "en")]
    raised = Emergency.objects.get()
    assert (raised.origin, raised.call, raised.phone, raised.danger) == ("text:SM1", None, "+14155550123", "gas")
    assert (raised.said_at is not None, raised.say_at, raised.next_step_at is not None) == (True, None, True)
    assert list(raised.words.values_list("text", "source")) == [(GAS, "text")]
    lead = Lead.objects.get()
    assert (lead.reason, lead.urgent, lead.origin) == ("emergency", True, "text:SM1")
    assert Concern.objects.get().kind == Concern.Kind.EMERGENCY


def test_a_spanish_text_is_answered_in_spanish(write):
    assert write("huele a gas en la cocina") == [scripts.default(Danger.GAS, "es")]


def test_the_same_text_delivered_twice_is_one_emergency(write):
    assert write(GAS) == write(GAS)
    assert Emergency.objects.count() == 1
    assert Emergency.objects.get().words.count() == 1


@pytest.mark.parametrize("words", ["my gas bill is high", "no gas smell, just no heat", "STOP", "HELP"])
def test_other_texts_are_answered_as_before(write, words):
    assert write(words) == []
    assert not Emergency.objects.exists()


def test_who_unsubscribes_is_never_answered(write):
    assert write("stop", OptOutType="STOP") == []
    assert write("smells like gas stop texting me", OptOutType="STOP", sid="SM2") == []
    assert not Emergency.objects.exists()


def test_danger_on_the_voicemail_is_an_emergency_of_its_call(tell, shop):
    said = signing.payload("transcription_completed", TranscriptionText=GAS)
    tell("/twilio/transcription", said)
    tell("/twilio/transcription", said)
    raised, call = Emergency.objects.get(), Call.objects.get()
    assert (raised.origin, raised.call, raised.danger, raised.say_at) == (call.origin, call, "gas", None)
    assert [each.source for each in raised.words.all()] == ["voicemail"]
    lead = Lead.objects.get()
    assert (lead.reason, lead.urgent) == ("emergency", True)


def test_an_ordinary_voicemail_is_a_lead(tell, shop):
    tell("/twilio/transcription", signing.payload("transcription_completed"))
    assert not Emergency.objects.exists()
    assert Lead.objects.get().reason == "voicemail"
