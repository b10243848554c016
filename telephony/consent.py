"""What a caller was told of machine and recording, what they made of it, and the language they speak.

Everything is worked out anew from the words that are stored, under the call's lock, so that the order in which they came does
not matter. The report of the call's end knows the assistant's first turn as a whole and has the last word on it; a caller who
asked not to be recorded stays one.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from bookings.when.words import plain
from telephony.models import Call, CallEvent

LANGUAGES = ("en", "es")
_MOST_WORDS = 600
_TRANSCRIPT, _REPORT, _LANGUAGE = "transcript", "end-of-call-report", "language-change-detected"

# Without accents and capitals. What is not asked for in these words a person at the shop can still hear and act upon.
_DECLINES = re.compile(
    r"\b(?:(?:do not|don'?t|stop|quit|without|no|turn off the|turn off)(?: you)? record(?:ing)?\b"
    r"|(?:turn|switch|shut) (?:the |that |this )?recording off"
    r"|(?:not|don'?t|never)(?: \w+){0,3} (?:to )?be(?:ing)? recorded"
    r"|(?:not|don'?t)(?: \w+){0,2} (?:consent|agree)(?: \w+){0,3} record"
    r"|(?:no|ni) (?:me |nos )?(?:grabe|graben|grabes|grabar)\b"
    r"|no (?:quiero|deseo|queremos|acepto|autorizo)(?: \w+){0,3} (?:grab\w+|la grabacion)"
    r"|(?:deje|dejen|deja|pare|paren) de grabar(?:me)?\b"
    r"|(?:apague|apaguen|quite|quiten|pare|paren) la grabacion"
    r"|sin (?:que me graben|grabar|grabacion))"
)


def declines(said: str) -> bool:
    """Say whether a caller asks not to be recorded, in English or Spanish."""
    words = plain(said).replace("\u2019", "'")
    return ("record" in words or "grab" in words) and _DECLINES.search(words) is not None


def _answered_in(call: Call) -> str:
    """Return the language the assistant last told a tool that the caller speaks; "" where it told none."""
    told = call.invocations.filter(arguments__language__in=sorted(LANGUAGES)).order_by("-requested_at", "-pk")
    return str(told.values_list("arguments__language", flat=True).first() or "")


def settle(call_id: int, *, opening: str = "", opened_at: datetime | None = None, said: Sequence[str] = ()) -> None:
    """Write disclosure, consent and language as the words stored so far have them. Owns its transaction.

    A report adds the assistant's first turn (`opening`, over at `opened_at`) and what the caller said after it (`said`).
    """
    with transaction.atomic():
        call = Call.objects.select_for_update(of=("self",), no_key=True).get(pk=call_id)
        stored = CallEvent.objects.filter(call=call_id, kind__in=[_TRANSCRIPT, _REPORT, _LANGUAGE]).exclude(detail="partial")
        events = list(stored.order_by("at", "kind", "key"))
        first = next((each for each in events if each.kind == _TRANSCRIPT and each.role == "assistant"), None)
        if opening:
            call.disclosure = opening[:_MOST_WORDS]
            call.disclosed_at = opened_at or call.disclosed_at or (first.at if first is not None else None)
        elif first is not None and not any(each.kind == _REPORT and each.text for each in events):
            call.disclosure, call.disclosed_at = first.text[:_MOST_WORDS], first.at
        heard = [each for each in events if each.kind == _TRANSCRIPT and each.role == "user"]
        if any(declines(words) for words in (*said, *(each.text for each in heard))):
            call.recording_consent = Call.Consent.DECLINED
        elif not call.recording_consent and (said or (first is not None and any(each.at > first.at for each in heard))):
            call.recording_consent = Call.Consent.GIVEN
        if call.recording_consent == Call.Consent.DECLINED:
            call.recording_url = ""
        spoken = [each.detail.casefold()[:2] for each in events if each.kind == _LANGUAGE]
        call.language = next((each for each in reversed(spoken) if each in LANGUAGES), "") or _answered_in(call) or call.language
        call.save(update_fields=["disclosure", "disclosed_at", "recording_consent", "recording_url", "language"])
