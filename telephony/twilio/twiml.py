"""The answers a call can be given, as TwiML. Reads settings and nothing else, so that they work without a database.

`language` is the listener's: "en" or "es". Sentences go through gettext; Twilio's voice is told which language they are in.
"""

from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

SIP_RING_SECONDS = 12
RING_SECONDS = 20
KEY_SECONDS = 8  # how long a person who heard the summary may take to press the key
VOICEMAIL_SECONDS = 180
LONGEST = 64_000  # Twilio refuses more: https://www.twilio.com/docs/api/errors/11750
LONGEST_MOVE = 4000  # of TwiML that a live call is moved by: https://www.twilio.com/docs/voice/api/call-resource
TAKE_KEY = "1"
_VOICES = {"es": "es-MX"}


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


def ring(
    *, number: str, caller_id: str = "", seconds: int = RING_SECONDS, ring_id: int | None = None, step: int | None = None,
    shop: str = "", language: str = "en", announced: bool = False,
) -> str:  # fmt: skip
    """Ring one person, who hears what it is about and takes the call by a key; then let the next link see how it went.

    `announced`: the caller was speaking with somebody and is told first. Without `ring_id` and `step` nobody knows the call:
    the person hears less, and after them comes the voicemail.
    """
    answer = VoiceResponse()
    if announced:
        with translation.override(language):
            say(answer, connecting(shop), language)
    dial = answer.dial(
        answer_on_bridge=True,
        action=url("twilio-after-dispatcher", "" if step is None else f"step={step}"),
        method="POST",
        timeout=seconds,
        caller_id=caller_id or None,
    )
    dial.number(number, url=url("twilio-whisper", _ring_query(ring_id)), method="POST")
    return str(answer)


def connecting(shop: str) -> str:
    """Return what a caller hears who is put through, in the language that is active."""
    if shop:
        return _("One moment please, I am connecting you with somebody at {shop}.").format(shop=shop)
    return _("One moment please, I am connecting you.")


def whisper(*, summary: str = "", ring_id: int | None = None) -> str:
    """Tell a person who picked up what it is about. Without the key their line ends: a voicemail box takes no caller."""
    answer = VoiceResponse()
    gather = Gather(
        num_digits=1, timeout=KEY_SECONDS, action=url("twilio-accept", _ring_query(ring_id)), method="POST"
    )  # fmt: skip
    gather.say(f"{summary or 'A caller is on the line.'} Press {TAKE_KEY} to take the call.")
    answer.append(gather)
    answer.hangup()
    return str(answer)


def bridged() -> str:
    """End what the person hears before the caller: with the last verb the two are connected."""
    answer = VoiceResponse()
    answer.say("Connecting you now.")
    return str(answer)


def too_late() -> str:
    """Tell a person that there is nobody to be connected with any more."""
    answer = VoiceResponse()
    answer.say("The caller is no longer on the line.")
    answer.hangup()
    return str(answer)


def voicemail(*, shop: str = "", language: str = "en", open_now: bool | None = None, urgent: bool = False) -> str:
    """Record what the caller wants. `open_now`: whether the office is open; None where nobody knows. `urgent`: called first."""
    answer = VoiceResponse()
    with translation.override(language):
        if open_now is None:
            now = _("Nobody can take your call right now.")
        elif open_now:
            now = _("Nobody at our office can take your call right now.")
        else:
            now = _("Our office is closed right now, and nobody on call could be reached.")
        if urgent:
            after = _("Your message is marked as urgent, and those are called back first.")
        elif open_now is False:
            after = _("Our office will call you back when it opens.")
        else:
            after = _("Our office will call you back.")
        danger = _("If you smell gas, or a carbon monoxide alarm sounds, leave the building and call 9 1 1.")
        leave = _("Otherwise please leave your name, your number and what you need after the tone.")
        words = " ".join([_thanks(shop), now, danger, leave, after])
        end = " ".join([_thanks(shop), _("Goodbye.")])
    say(answer, words, language)
    transcribed = language == "en"  # Twilio's transcription knows English only
    answer.record(
        action=url("twilio-voicemail"),
        method="POST",
        max_length=VOICEMAIL_SECONDS,
        play_beep=True,
        recording_status_callback=url("twilio-recording"),
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
        transcribe=transcribed,
        transcribe_callback=url("twilio-transcription") if transcribed else None,
    )
    say(answer, end, language)  # reached when the caller said nothing
    answer.hangup()
    return str(answer)


def goodbye(*, shop: str = "", language: str = "en", message_left: bool = False) -> str:
    """End the call; who has left a message is told what becomes of it."""
    answer = VoiceResponse()
    with translation.override(language):
        kept = [_("We have your message, and our office will call you back.")] if message_left else []
        say(answer, " ".join([_thanks(shop), *kept, _("Goodbye.")]), language)
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


def text_back(text: str) -> str:
    """Answer a text with a text."""
    answer = MessagingResponse()
    answer.message(text)
    return str(answer)


def say(into: VoiceResponse | Gather, words: str, language: str) -> None:
    into.say(words, language=_VOICES.get(language))


def _ring_query(ring_id: int | None) -> str:
    return "" if ring_id is None else f"ring={ring_id}"


def _thanks(shop: str) -> str:
    return _("Thank you for calling {shop}.").format(shop=shop) if shop else _("Thank you for calling.")
