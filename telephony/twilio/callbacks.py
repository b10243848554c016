"""What Twilio reports and expects no words for: recordings, transcriptions, ends of calls, states of texts, texts in."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from bookings.errors import TryAgainError
from bookings.models import Booking, Lead
from bookings.services import customers, leads, transactions
from telephony import calls, emergencies, endings, marks, safety
from telephony.alarms import replies
from telephony.models import Emergency
from telephony.safety import scripts
from telephony.twilio import chain, deliveries, signature, twiml
from telephony.twilio.heard import Heard, NotACallError, seconds

log = structlog.get_logger(__name__)
View = Callable[[HttpRequest], HttpResponse]
FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
# The words by which Twilio itself unsubscribes a sender: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
# To Twilio they only end the texts; to somebody who was just sent a time they may mean the visit.
MAY_MEAN_THE_VISIT = frozenset({"cancel", "end", "quit"})
OTHER_KEYWORDS = frozenset({"start", "yes", "unstop", "help", "info"})


def _reports(note: Callable[[HttpRequest], None]) -> View:
    """Make a view of a function that takes note of a report. A 5xx would only fill Twilio's debugger: it is not repeated."""

    @csrf_exempt
    @transaction.non_atomic_requests
    @wraps(note)
    def view(request: HttpRequest) -> HttpResponse:
        if (refused := signature.refusal(request)) is not None:
            return refused
        structlog.contextvars.bind_contextvars(twilio_sid=request.POST.get("CallSid", "")[:64])
        try:
            note(request)
        except (DatabaseError, calls.UnknownShopError, NotACallError):
            log.exception("twilio_report_not_kept", path=request.path)
        return HttpResponse(status=204)

    return view


@_reports
def recording(request: HttpRequest) -> None:
    """A voicemail is ready to be heard. Silence and what was too short come as `absent`.

    It names no number. Where it is the first we hear of a call, the number is asked for later, or with several shops the whole
    message (`telephony.reconciling`).
    """
    length = seconds(request.POST.get("RecordingDuration", ""))
    if request.POST.get("RecordingStatus") == "completed" and length:
        now = timezone.now()
        call = Heard.of(request).call(now)
        address = request.POST.get("RecordingUrl", "")
        chain.keep_lead(call, Lead.Reason.VOICEMAIL, now=now, recording_url=address[:500], seconds=length)
        endings.look_again(call)


@_reports
def transcription(request: HttpRequest) -> None:
    text = request.POST.get("TranscriptionText", "").strip()
    if request.POST.get("TranscriptionStatus") == "completed" and text:
        now = timezone.now()
        call = Heard.of(request).call(now)
        chain.keep_lead(call, Lead.Reason.VOICEMAIL, now=now, wanted=text[:2000])
        if (danger := safety.heard_in(text)) is not None:
            _raise(
                danger, shop_id=call.shop_id, origin=call.origin, call_id=call.pk, phone=call.from_number, text=text,
                source=Emergency.Source.VOICEMAIL, now=now,
            )  # fmt: skip
        endings.look_again(call)


@_reports
def status(request: HttpRequest) -> None:
    """The call is over. Legs that we dialled report here only if somebody set them up to: they are not calls of ours."""
    said = request.POST.get("CallStatus", "")
    if said in FINAL and not request.POST.get("ParentCallSid"):
        now = timezone.now()
        endings.close(Heard.of(request).call(now), reason=said, at=now, hung_up=True)


@_reports
def message_status(request: HttpRequest) -> None:
    deliveries.note(
        sid=request.POST.get("MessageSid", ""),
        public_id=_uuid(request.GET.get("message", "")),
        status=request.POST.get("MessageStatus", ""),
        error_code=request.POST.get("ErrorCode", ""),
        now=timezone.now(),
    )


@csrf_exempt
@transaction.non_atomic_requests
def text(request: HttpRequest) -> HttpResponse:
    """A customer writes, or somebody on call. Twilio answers the opt-out words by itself."""
    if (refused := signature.refusal(request)) is not None:
        return refused
    answer = None
    try:
        answer = _from_on_call(request)
        if answer is None:
            answer = _read_text(request)
    except (DatabaseError, calls.UnknownShopError):
        log.exception("text_not_kept")
        answer = _script(request)
    return HttpResponse(twiml.text_back(answer) if answer else twiml.nothing(), content_type="text/xml; charset=utf-8")


def _script(request: HttpRequest) -> str:
    """Return the script for a text that speaks of danger and could not be kept; "" for any other, and for who wants no texts."""
    found = None if request.POST.get("OptOutType") == "STOP" else safety.heard_in(request.POST.get("Body", ""))
    return "" if found is None else scripts.default(found.danger, found.language)


def _from_on_call(request: HttpRequest) -> str | None:
    """Return the answer to somebody who was told of an emergency; None for anybody else's text."""
    number = customers.caller_number(request.POST.get("From", ""))
    words = request.POST.get("Body", "").strip()
    if not number or request.POST.get("OptOutType") == "STOP" or words.casefold().strip(".! ") in STOP_WORDS:
        return None
    shop = calls.shop_of(number=request.POST.get("To", ""))
    now = timezone.now()
    return replies.answer(shop, number=number, said=words, at=signature.first_came(request) or now, now=now)


def _read_text(request: HttpRequest) -> str:
    """Keep what somebody wrote; return what they are answered with: the safety script where they write of danger, else ""."""
    number = customers.caller_number(request.POST.get("From", ""))
    sid = request.POST.get("MessageSid", "")[:40]
    if not number or not sid:
        return ""
    shop = calls.shop_of(number=request.POST.get("To", ""))
    words = request.POST.get("Body", "").strip()
    keyword = words.casefold().strip(".! ")
    if request.POST.get("OptOutType") == "STOP" or keyword in STOP_WORDS:
        deliveries.drop_waiting(shop_id=shop.pk, to=number)
        if keyword in MAY_MEAN_THE_VISIT and (booking := _next_booking(shop.pk, number)) is not None:
            _call_back(shop.pk, sid, number, f'Wrote "{words}": perhaps to cancel booking {booking.reference}.')
    elif words and keyword not in OTHER_KEYWORDS:
        _call_back(shop.pk, sid, number, words)
        if (danger := safety.heard_in(words)) is not None:
            return _raise(
                danger, shop_id=shop.pk, origin=f"text:{sid}", call_id=None, phone=number, text=words,
                source=Emergency.Source.TEXT, now=timezone.now(),
            )  # fmt: skip
    return ""


def _raise(
    found: safety.Heard, *, shop_id: int, origin: str, call_id: int | None, phone: str, text: str, source: Emergency.Source,
    now: datetime,
) -> str:  # fmt: skip
    """Note an emergency in words that were written or recorded; return its script, in the language of those words."""
    try:
        raised = transactions.run(
            origin,
            lambda: emergencies.note(
                shop_id=shop_id, origin=origin, call_id=call_id, phone=phone, danger=found.danger, text=text, source=source,
                at=now, now=now, language=found.language,
            ),
        )  # fmt: skip
    except (DatabaseError, TryAgainError):
        log.exception("emergency_not_noted", source=source)
        return scripts.default(found.danger, found.language)
    return raised.script


def _call_back(shop_id: int, sid: str, number: str, wanted: str) -> None:
    leads.keep(
        shop_id=shop_id, origin=f"text:{sid}", reason=Lead.Reason.NOT_ANSWERED, phone=number, now=timezone.now(),
        wanted=wanted[:2000],
    )  # fmt: skip
    if marks.is_marked(number, shop_id=shop_id):
        leads.set_aside(shop_id=shop_id, origin=f"text:{sid}")


def _next_booking(shop_id: int, number: str) -> Booking | None:
    waiting = Booking.objects.filter(shop=shop_id, customer__phone=number, status=Booking.Status.BOOKED)
    return waiting.filter(promised_to__gt=timezone.now()).order_by("promised_from").first()


def _uuid(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None
