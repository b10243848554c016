"""The addresses that tell Twilio what to do with a caller. Each one answers TwiML, whatever happens here."""

from collections.abc import Callable
from copy import copy
from functools import wraps
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from bookings.models import Lead
from telephony import briefing, calls, rings
from telephony.twilio import chain, signature, twiml
from telephony.twilio.heard import Heard, seconds
from wire import timing

log = structlog.get_logger(__name__)
Answer = Callable[[HttpRequest], str]
View = Callable[[HttpRequest], HttpResponse]


def _lifeline(request: HttpRequest) -> str:
    """Ring somebody without knowing the shop: an unknown number, no database, a fault of ours. Nobody to ring: the voicemail."""
    number = settings.FALLBACK_DIAL_NUMBER
    return twiml.ring(number=number, caller_id=Heard.of(request).caller_id) if number else twiml.voicemail()


def _after_person_without_database(request: HttpRequest) -> str:
    """After somebody of the ladder: the last resort. After the last resort, which has no step: the voicemail."""
    if Heard.of(request).surely_talked or Heard.of(request).gone:
        return twiml.hang_up()
    return _lifeline(request) if _number(request, "step") is not None else twiml.voicemail()


def _whisper_without_database(request: HttpRequest) -> str:
    return twiml.whisper(ring_id=_number(request, "ring"))


def _accept_without_database(request: HttpRequest) -> str:
    """Whoever presses the key takes the call, written down or not."""
    return twiml.bridged() if _takes_it(request) else twiml.hang_up()


def _farewell(request: HttpRequest) -> str:
    return twiml.goodbye()


def _answers(otherwise: Answer) -> Callable[[Answer], View]:
    """Make a view of a function that returns TwiML. `otherwise` answers when it fails, and needs no database."""

    def decorate(answer: Answer) -> View:
        @csrf_exempt
        @transaction.non_atomic_requests
        @wraps(answer)
        def view(request: HttpRequest) -> HttpResponse:
            if (refused := signature.refusal(request)) is not None:
                return refused
            structlog.contextvars.bind_contextvars(twilio_sid=request.POST.get("CallSid", "")[:64])
            with timing.request() as waited:
                try:
                    text = answer(request)
                except Exception:  # the boundary: a caller must hear something, also of an unknown number or with no database
                    log.exception("voice_webhook_failed", path=request.path)
                    text = otherwise(request)
            response = HttpResponse(text, content_type="text/xml; charset=utf-8")
            if waited:
                response["Server-Timing"] = timing.header(waited)
            return response

        return view

    return decorate


@_answers(_lifeline)
def inbound(request: HttpRequest) -> str:
    heard, now = Heard.of(request), timezone.now()
    return chain.begin(heard.call(now, claims=True), heard, now=now)


def _failed(request: HttpRequest) -> HttpRequest:
    """Return the request as if it had come to the address that failed: with its path, and its step or turn."""
    try:
        address = urlsplit(request.POST.get("ErrorUrl", ""))
    except ValueError:
        address = urlsplit("")
    failed = copy(request)
    failed.path, failed.GET = address.path, QueryDict(address.query)
    return failed


def _instead(request: HttpRequest) -> str:
    """Go one link further than the address that failed, so that nobody goes round in a circle."""
    failed = _failed(request)
    return (_without_database(failed.path) or _lifeline)(failed)


def _without_database(path: str) -> Answer | None:
    """Return what answers in the place of an address beyond the assistant, from what Twilio says alone."""
    answers: dict[str, Answer] = {
        "twilio-after-dispatcher": _after_person_without_database,
        "twilio-whisper": _whisper_without_database,
        "twilio-accept": _accept_without_database,
        "twilio-voicemail": _farewell,
    }
    return next((answer for name, answer in answers.items() if reverse(name) == path), None)


@_answers(_instead)
def fallback(request: HttpRequest) -> str:
    """Twilio could not fetch or not play an answer of ours (VoiceFallbackUrl): go on from where that stood."""
    code, failed = request.POST.get("ErrorCode", "")[:10], _failed(request)
    log.error("twilio_took_the_fallback", error_code=code, error_path=failed.path)
    heard, now = Heard.of(request), timezone.now()
    after_person = failed.path == reverse("twilio-after-dispatcher")
    if not after_person and (answer := _without_database(failed.path)) is not None:
        return answer(failed)  # the person's line, which is no call of ours, or the very end
    call = heard.call(now)
    if after_person:
        return chain.after_person(call, heard, step=_number(failed, "step"), now=now)
    return chain.to_people(call, heard, reason=f"Twilio could not use our answer ({code})", now=now)


@_answers(_lifeline)
def after_assistant(request: HttpRequest) -> str:
    heard, now = Heard.of(request), timezone.now()
    return chain.after_assistant(heard.call(now), heard, waited="waited" in request.GET, now=now)


@_answers(_after_person_without_database)
def after_person(request: HttpRequest) -> str:
    heard, now = Heard.of(request), timezone.now()
    return chain.after_person(heard.call(now), heard, step=_number(request, "step"), now=now)


@_answers(_whisper_without_database)
def whisper(request: HttpRequest) -> str:
    """A person who was rung picked up. Speaks of the person's line, which is no call of ours: the turn names the call."""
    ring_id = _number(request, "ring")
    turn = rings.of(ring_id) if ring_id is not None else None
    if turn is None:
        return _whisper_without_database(request)
    rings.picked_up(turn, now=timezone.now())
    return twiml.whisper(summary=briefing.of(turn.call), ring_id=turn.pk)


@_answers(_accept_without_database)
def accept(request: HttpRequest) -> str:
    """The person pressed a key: that of the call, or another, which is a no and makes the next one ring."""
    ring_id = _number(request, "ring")
    turn = rings.of(ring_id) if ring_id is not None else None
    if turn is None or not _takes_it(request):
        return _accept_without_database(request)
    return twiml.bridged() if rings.accept(turn, now=timezone.now()) else twiml.too_late()


@_answers(_farewell)
def voicemail(request: HttpRequest) -> str:
    """The recording is over. Its callback may come later, or not at all: what is known is kept now."""
    heard, now = Heard.of(request), timezone.now()
    call = heard.call(now)
    length = seconds(request.POST.get("RecordingDuration", ""))
    if length:
        address = request.POST.get("RecordingUrl", "")
        chain.keep_lead(call, Lead.Reason.VOICEMAIL, now=now, recording_url=address[:500], seconds=length)
    return twiml.goodbye(shop=call.shop.name, language=calls.language_of(call), message_left=bool(length))


def _takes_it(request: HttpRequest) -> bool:
    return request.POST.get("Digits", "") == twiml.TAKE_KEY


def _number(request: HttpRequest, name: str) -> int | None:
    """Return a number of the address we gave Twilio; None for one that is not there."""
    return seconds(request.GET.get(name, ""))
