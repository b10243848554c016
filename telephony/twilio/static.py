"""The last net: documents that need no server of ours, to be hosted elsewhere as a number's VoiceFallbackUrl.

TwiML without a program behind it cannot know how a call to somebody ended. So each person rings in a Dial of their own, takes the
call by any key, and a caller who was helped is told that they may hang up; then comes the voicemail, and a goodbye.
"""

from collections.abc import Callable

import httpx
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from twilio.twiml.voice_response import Gather, VoiceResponse

from bookings.models import Shop
from bookings.services import customers, oncall
from telephony.twilio import twiml

FIRST, GOODBYE = "fallback.xml", "goodbye.xml"
_WHISPER, _TAKE = "whisper.xml", "take.xml"
FETCH_SECONDS = 10.0
_MOST = 200_000


class NobodyError(Exception):
    """The shop has nobody whose number stays the same: no office, no owner, no last resort."""


class UnreachableError(Exception):
    """A hosted document could not be fetched."""


def base_url(shop: Shop) -> str:
    """Return where the shop's documents are hosted, without a slash at the end; "" where nowhere."""
    return settings.STATIC_FALLBACK_URL.replace("{shop}", str(shop.pk))


def documents(shop: Shop, base: str) -> dict[str, str]:
    """Return the documents by their file's name, as they have to be hosted below `base`. Raises NobodyError."""
    language = shop.languages.split("-")[0]
    with translation.override(language):
        return {
            FIRST: _first(shop, base, language),
            _WHISPER: _whisper(shop, base),
            _TAKE: twiml.bridged(),
            GOODBYE: twiml.goodbye(shop=shop.name, language=language, message_left=True),
        }


def differing(shop: Shop, base: str, *, fetch: Callable[[str], str] | None = None) -> list[str]:
    """Return the names of the documents that are not hosted as they would be made now. Raises NobodyError, UnreachableError."""
    read = fetch or _fetch
    return [name for name, text in documents(shop, base).items() if read(f"{base}/{name}").strip() != text.strip()]


def _first(shop: Shop, base: str, language: str) -> str:
    answer = VoiceResponse()
    numbers = _numbers(shop)
    if not numbers:
        raise NobodyError
    for n, number in enumerate(numbers):
        if n:
            twiml.say(answer, _("If you were helped, you may hang up now. Otherwise please stay on the line."), language)
        dial = answer.dial(answer_on_bridge=True, timeout=shop.ring_seconds)
        # Static hosts answer GET and know no POST.
        dial.number(number, url=f"{base}/{_WHISPER}", method="GET")
    words = [
        _("If you were helped, you may hang up now."),
        _("If you smell gas, or a carbon monoxide alarm sounds, leave the building and call 9 1 1."),
        _("Otherwise please leave your name, your number and what you need after the tone."),
        _("Our office will call you back."),
    ]
    twiml.say(answer, " ".join(words), language)
    transcribed = language == "en"
    answer.record(
        action=f"{base}/{GOODBYE}",
        method="GET",
        max_length=twiml.VOICEMAIL_SECONDS,
        play_beep=True,
        recording_status_callback=twiml.url("twilio-recording"),
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
        transcribe=transcribed,
        transcribe_callback=twiml.url("twilio-transcription") if transcribed else None,
    )
    answer.hangup()
    return str(answer)


def _whisper(shop: Shop, base: str) -> str:
    answer = VoiceResponse()
    gather = Gather(num_digits=1, timeout=twiml.KEY_SECONDS, action=f"{base}/{_TAKE}", method="GET")
    gather.say(f"A call for {shop.name}. Our server is down, so nothing else is known. Press any key to take the call.")
    answer.append(gather)
    answer.hangup()
    return str(answer)


def _numbers(shop: Shop) -> list[str]:
    """Return the numbers that stay the same whoever is on call: the office, the owners, the last resort. Each once."""
    found = [shop.fallback_number, *(each.number for each in oncall.owners(shop)), settings.FALLBACK_DIAL_NUMBER]
    return list(dict.fromkeys(number for each in found if (number := customers.caller_number(each))))


def _fetch(url: str) -> str:
    try:
        answer = httpx.get(url, timeout=FETCH_SECONDS, follow_redirects=False)
    except httpx.HTTPError as error:
        raise UnreachableError(f"{url}: {type(error).__name__}") from error
    if answer.status_code != 200 or len(answer.content) > _MOST:
        raise UnreachableError(f"{url}: HTTP {answer.status_code}")
    return answer.text
