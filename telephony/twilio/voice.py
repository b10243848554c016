"""The addresses that tell Twilio what to do with a caller. Each one answers TwiML, whatever happens here."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from bookings.models import Lead
from telephony.twilio import chain, signature, twiml
from telephony.twilio.heard import Heard, seconds
from wire import timing

log = structlog.get_logger(__name__)
Answer = Callable[[HttpRequest], str]
View = Callable[[HttpRequest], HttpResponse]


def _lifeline(request: HttpRequest) -> str:
    """Ring somebody without knowing the shop: an unknown number, no database, a fault of ours."""
    return twiml.ring_dispatcher(number=settings.FALLBACK_DIAL_NUMBER, caller_id=Heard.of(request).caller_id)


def _after_lifeline(request: HttpRequest) -> str:
    return twiml.hang_up() if Heard.of(request).dispatcher_answered else twiml.voicemail()


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
                except Exception:
                    # The boundary: a caller must hear something. An unknown number and a failing database end here as well.
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
    return chain.begin(heard.call(now), heard, now=now)


def _instead(request: HttpRequest) -> str:
    """Go one link further than the address that failed, so that nobody goes round in a circle."""
    failed = urlsplit(request.POST.get("ErrorUrl", "")).path
    if failed == reverse("twilio-after-dispatcher"):
        return _after_lifeline(request)
    if failed == reverse("twilio-voicemail"):
        return _farewell(request)
    return _lifeline(request)


@_answers(_instead)
def fallback(request: HttpRequest) -> str:
    """Twilio could not fetch or not play an answer of ours (VoiceFallbackUrl)."""
    code = request.POST.get("ErrorCode", "")[:10]
    log.error("twilio_took_the_fallback", error_code=code, error_path=urlsplit(request.POST.get("ErrorUrl", "")).path)
    heard, now = Heard.of(request), timezone.now()
    failed = urlsplit(request.POST.get("ErrorUrl", "")).path
    if failed == reverse("twilio-voicemail"):
        return _farewell(request)
    call = heard.call(now)
    if failed == reverse("twilio-after-dispatcher"):
        return chain.after_dispatcher(call, heard, now=now)
    return chain.to_dispatcher(call, heard, reason=f"Twilio could not use our answer ({code})")


@_answers(_lifeline)
def after_assistant(request: HttpRequest) -> str:
    heard = Heard.of(request)
    return chain.after_assistant(heard.call(timezone.now()), heard, waited="waited" in request.GET)


@_answers(_after_lifeline)
def after_dispatcher(request: HttpRequest) -> str:
    heard, now = Heard.of(request), timezone.now()
    return chain.after_dispatcher(heard.call(now), heard, now=now)


@_answers(_farewell)
def voicemail(request: HttpRequest) -> str:
    """The recording is over. Its callback may come later, or not at all: what is known is kept now."""
    heard, now = Heard.of(request), timezone.now()
    call = heard.call(now)
    length = seconds(request.POST.get("RecordingDuration", ""))
    if length:
        address = request.POST.get("RecordingUrl", "")
        chain.keep_lead(call, Lead.Reason.VOICEMAIL, now=now, recording_url=address[:500], seconds=length)
    return twiml.goodbye(shop=call.shop.name)
