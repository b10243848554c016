"""The answers a call can be given, as TwiML. Reads settings and nothing else, so that they work without a database."""

from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from django.conf import settings
from django.urls import reverse
from twilio.twiml.voice_response import VoiceResponse

SIP_RING_SECONDS = 12
DISPATCHER_RING_SECONDS = 20
VOICEMAIL_SECONDS = 180
LONGEST = 64_000  # Twilio refuses more: https://www.twilio.com/docs/api/errors/11750


class BadTwimlError(Exception):
    """A text that Twilio could not play."""


def url(name: str, query: str = "") -> str:
    return settings.SERVER_URL + reverse(name) + (f"?{query}" if query else "")


def assistant_by_sip(*, variables: dict[str, str]) -> str:
    """Connect to Vapi's SIP address; the variables arrive there as x- headers. The action tells how it went."""
    headers = urlencode({f"x-{name}": value for name, value in variables.items() if value}, quote_via=quote, safe="")
    target = settings.VAPI_SIP_URI
    answer = VoiceResponse()
    dial = answer.dial(
        answer_on_bridge=True, action=url("twilio-after-assistant"), method="POST", timeout=SIP_RING_SECONDS
    )  # fmt: skip
    dial.sip(f"{target}{'&' if '?' in target else '?'}{headers}")
    return str(answer)


def assistant_by_bypass(twiml: str) -> str:
    """Return Vapi's TwiML with our redirect after its last verb, so that a failing stream does not end the call.

    Raises BadTwimlError for what is no TwiML.
    """
    if len(twiml) > LONGEST or "<!" in twiml:  # no TwiML needs a document type, and entities could grow without bound
        raise BadTwimlError
    try:
        response = ElementTree.fromstring(twiml.strip())  # noqa: S314 - declarations are refused above
    except ElementTree.ParseError as error:
        raise BadTwimlError from error
    if response.tag != "Response" or len(response) == 0:
        raise BadTwimlError
    ElementTree.SubElement(response, "Redirect", method="POST").text = url("twilio-after-assistant")
    return '<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(response, encoding="unicode")


def ring_dispatcher(*, number: str, caller_id: str = "", shop: str = "", in_conversation: bool = False) -> str:
    """Ring a person, then let the next link of the chain see how it went. Nobody to ring: the voicemail."""
    if not number:
        return voicemail(shop=shop)
    answer = VoiceResponse()
    if in_conversation:
        answer.say(f"One moment please, I am connecting you with {_somebody(shop)}.")
    dial = answer.dial(
        answer_on_bridge=True,
        action=url("twilio-after-dispatcher"),
        method="POST",
        timeout=DISPATCHER_RING_SECONDS,
        caller_id=caller_id or None,
    )
    dial.number(number)
    return str(answer)


def voicemail(*, shop: str = "") -> str:
    answer = VoiceResponse()
    answer.say(
        f"{_thanks(shop)} Nobody can take your call right now. If you smell gas, or a carbon monoxide alarm sounds, leave "
        "the building and call 9 1 1. Otherwise please leave your name, your number and what you need after the tone."
    )
    answer.record(
        action=url("twilio-voicemail"),
        method="POST",
        max_length=VOICEMAIL_SECONDS,
        play_beep=True,
        recording_status_callback=url("twilio-recording"),
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
        transcribe=True,
        transcribe_callback=url("twilio-transcription"),
    )
    answer.say(f"{_thanks(shop)} Goodbye.")  # reached when the caller said nothing
    answer.hangup()
    return str(answer)


def goodbye(*, shop: str = "") -> str:
    answer = VoiceResponse()
    answer.say(f"{_thanks(shop)} Goodbye.")
    answer.hangup()
    return str(answer)


def hang_up() -> str:
    answer = VoiceResponse()
    answer.hangup()
    return str(answer)


def ask_again(name: str, *, seconds: int, query: str = "") -> str:
    """Have Twilio wait and ask once more; no thread of ours waits meanwhile."""
    answer = VoiceResponse()
    answer.pause(length=seconds)
    answer.redirect(url(name, query), method="POST")
    return str(answer)


def nothing() -> str:
    return str(VoiceResponse())


def _thanks(shop: str) -> str:
    return f"Thank you for calling {shop}." if shop else "Thank you for calling."


def _somebody(shop: str) -> str:
    return f"somebody at {shop}" if shop else "somebody"
