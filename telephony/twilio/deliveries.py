"""What became of a text after it was handed to Twilio. Reports come in any order and more than once: never backwards."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from bookings.models import Concern, OutgoingMessage
from bookings.services import concerns
from telephony.alarms import texting

Status = OutgoingMessage.Status
_WAITING = (Status.QUEUED, Status.SENDING, Status.UNKNOWN)
# Twilio's states in ours. https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
STATES = {
    "accepted": Status.SENT,
    "scheduled": Status.SENT,
    "queued": Status.SENT,
    "sending": Status.SENT,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}


def note(*, sid: str, public_id: UUID | None, status: str, error_code: str, now: datetime) -> None:
    """Bring the text to the state Twilio reports; a report may arrive before the request that sent it returned."""
    state = STATES.get(status)
    named = Q(public_id=public_id) if public_id is not None else Q(sid=sid, sid__gt="")
    message = OutgoingMessage.objects.filter(named).first()
    if state is None or message is None:
        return
    if state is Status.FAILED:
        fail(message, error_code, sid=sid, now=now)
    else:
        sent(message, sid=sid, state=state, now=now)


def sent(message: OutgoingMessage, *, sid: str, now: datetime, state: OutgoingMessage.Status = Status.SENT) -> None:
    """Twilio has the text."""
    before = _WAITING if state is Status.SENT else (*_WAITING, Status.SENT)
    rows = OutgoingMessage.objects.filter(pk=message.pk)
    if sid:
        rows.filter(sid="").update(sid=sid[:40])
    rows.filter(sent_at=None).update(sent_at=now)
    rows.filter(status__in=before).update(status=state, error_code="")


def fail(message: OutgoingMessage, error_code: str, *, now: datetime, sid: str = "") -> None:
    """The text will not arrive: a person has to know."""
    changed = OutgoingMessage.objects.filter(pk=message.pk, status__in=(*_WAITING, Status.SENT)).update(
        status=Status.FAILED, error_code=error_code[:20], sid=sid[:40] or message.sid
    )
    if changed:
        whom = "somebody on call" if message.reason.startswith(texting.REASON) else "the customer"
        concerns.raise_once(
            Concern.Kind.MESSAGE_FAILED,
            f"message:{message.pk}",
            f"A text to {whom} was not delivered ({meaning(error_code)}). Call them if it matters.",
            shop_id=message.shop_id,
            now=now,
            booking=message.booking,
        )


def drop_waiting(*, shop_id: int, to: str) -> int:
    """Do not send what still waits for a number that has opted out; return how many texts that were."""
    return OutgoingMessage.objects.filter(shop=shop_id, to=to, status=Status.QUEUED).update(
        status=Status.FAILED, error_code="21610"
    )


_MEANINGS = {
    "21211": "not a valid number",
    "21610": "they have opted out of texts",
    "21612": "the number cannot be reached by text",
    "21614": "a landline",
    "21635": "a landline",
    "30003": "the phone was off",
    "30005": "an unknown number",
    "30006": "a landline",
    "30007": "the carrier filtered it",
    "30034": "this number is not registered for texting yet",
}


def meaning(error_code: str) -> str:
    return _MEANINGS.get(error_code, f"Twilio says {error_code}" if error_code else "Twilio gave no reason")
