"""What a caller was told, whether they stayed on, and that nobody is recorded who asked not to be."""

from itertools import permutations

import pytest
import time_machine

from telephony import consent
from telephony.models import Call
from tests.factories import a_shop
from tests.telephony.vapi.speaking import post
from tests.telephony.vapi.talking import BEGAN, report, told, words


@pytest.fixture
def _shop(db):
    a_shop(phone_number="+12125550100")
    with time_machine.travel(BEGAN, tick=False):
        yield


DECLINING = [
    "Please don't record this.", "do not record me", "Stop recording!", "I don\u2019t want to be recorded",
    "I'd rather not be recorded", "can you turn off the recording", "turn the recording off please",
    "I do not consent to being recorded", "can we do this without recording", "no me grabe", "No me graben, por favor",
    "No quiero que me graben", "deje de grabar", "No autorizo la grabación", "apague la grabación", "¿puede ser sin grabar?",
]  # fmt: skip
NOT_DECLINING = [
    "Is this call recorded?", "for the record, it is a Trane", "I have a record of the last visit", "that's fine, record away",
    "the thermostat records nothing", "está grabado", "¿me está grabando?", "don't worry about the recording thing", "",
]  # fmt: skip


@pytest.mark.parametrize("said", DECLINING)
def test_a_caller_who_declines_is_heard(said):
    assert consent.declines(said)


@pytest.mark.parametrize("said", NOT_DECLINING)
def test_others_are_not(said):
    assert not consent.declines(said)


def facts():
    return Call.objects.values_list("disclosure", "recording_consent", "recording_url").get()


@pytest.mark.usefixtures("_shop")
def test_consent_is_given_by_who_speaks_after_the_disclosure(client):
    post(client, words(1, "user", "Hello?"))
    assert facts() == ("", "", "")
    post(client, words(3, "assistant", "This call is recorded."))
    assert facts() == ("This call is recorded.", "", "")
    post(client, words(4, "user", "My", final=False))
    assert facts()[1] == ""
    post(client, words(5, "user", "My furnace is broken."))
    assert facts() == ("This call is recorded.", "given", "")


@pytest.mark.usefixtures("_shop")
def test_a_call_that_declines_keeps_no_link_in_any_order(client):
    refusing = [
        words(3, "assistant", "This call is recorded."),
        words(5, "user", "Please stop recording."),
        report(artifact={
            "recordingUrl": "https://storage.vapi.ai/r.wav", "messages": [{"role": "bot", "message": "This call is recorded."}],
        }),
        told("status-update", 9, status="ended", endedReason="customer-ended-call"),
    ]  # fmt: skip
    for order in permutations(refusing):
        Call.objects.all().delete()
        for message in order:
            post(client, message)
        assert facts() == ("This call is recorded.", "declined", "")


@pytest.mark.usefixtures("_shop")
def test_a_report_alone_tells_all_of_it(client):
    post(client, report())
    assert facts() == ("Thank you for calling. This call is recorded.", "given", "https://storage.vapi.ai/rec-mono.wav")
    message = report()
    message["message"]["artifact"]["messages"].append({"role": "user", "message": "No me grabe."})
    post(client, message)
    assert facts() == ("Thank you for calling. This call is recorded.", "declined", "")


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize(
    ("languages", "ends_as"), [(["es"], "es"), (["es-MX", "en-US"], "en"), (["en", "fr"], "en"), (["fr"], "")]
)
def test_the_language_is_the_last_one_heard_that_we_speak(client, languages, ends_as):
    messages = [told("language-change-detected", n, language=each) for n, each in enumerate(languages)]
    for order in permutations(messages):
        Call.objects.all().delete()
        for message in order:
            post(client, message)
        assert Call.objects.get().language == ends_as
