"""Keeps callers who were not served: one lead per origin, which later facts complete and nothing lowers."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from bookings.models import Lead
from bookings.services import customers

# From what says least to what says most about the caller; a lead keeps the strongest reason it was given.
_WEIGHT = [
    Lead.Reason.ABANDONED,
    Lead.Reason.NO_TIME,
    Lead.Reason.OUTSIDE_AREA,
    Lead.Reason.NOT_ANSWERED,
    Lead.Reason.OFFICE_WILL_CALL,
    Lead.Reason.WANTED_PERSON,
    Lead.Reason.MESSAGE,
    Lead.Reason.VOICEMAIL,
    Lead.Reason.EMERGENCY,
]


# Reasons that promise the caller something.
_PROMISED = frozenset(
    {Lead.Reason.OFFICE_WILL_CALL, Lead.Reason.WANTED_PERSON, Lead.Reason.MESSAGE, Lead.Reason.VOICEMAIL, Lead.Reason.EMERGENCY}
)


def keep(
    *,
    shop_id: int,
    origin: str,
    reason: Lead.Reason,
    phone: str,
    now: datetime,
    wanted: str = "",
    messages: Sequence[str] = (),
    service_id: int | None = None,
    recording_url: str = "",
    recording_seconds: int | None = None,
    urgent: bool = False,
) -> Lead:
    """Return the origin's lead, made or completed; facts that are already there stay unless a new one is given.

    `messages` are all that the origin has left for the office so far, in order; they stand in quotes below what is wanted.
    """
    with transaction.atomic():
        Lead.objects.bulk_create(
            [Lead(shop_id=shop_id, origin=origin, reason=reason, phone=phone, created_at=now)], ignore_conflicts=True
        )
        lead = Lead.objects.select_for_update(no_key=True).get(shop=shop_id, origin=origin)
        if _WEIGHT.index(reason) > _WEIGHT.index(Lead.Reason(lead.reason)):
            lead.reason = reason
        if reason in _PROMISED:
            lead.status = Lead.Status.OPEN  # a promise made after the lead was done is a new one
        lead.urgent = lead.urgent or urgent or reason == Lead.Reason.EMERGENCY
        lead.phone = phone or lead.phone
        lead.service_type_id = service_id or lead.service_type_id
        lead.wanted = _together(lead.wanted, wanted, messages)
        lead.recording_url = recording_url or lead.recording_url
        lead.recording_seconds = recording_seconds if recording_seconds is not None else lead.recording_seconds
        lead.save(
            update_fields=[
                "reason",
                "status",
                "urgent",
                "service_type",
                "phone",
                "wanted",
                "recording_url",
                "recording_seconds",
                "updated_at",
            ]
        )
    return lead


def _together(before: str, wanted: str, messages: Sequence[str]) -> str:
    """Return what is wanted, the newest words of it, with the messages below: no later wish takes a message away."""
    lines = before.splitlines()
    quoted = [f"“{' '.join(each.split())}”" for each in messages] or [each for each in lines if each.startswith("“")]
    plain = [wanted] if wanted else [each for each in lines if not each.startswith("“")]
    return "\n".join([*plain, *quoted])


_CLOSE = """
UPDATE bookings_lead SET status = 'done', updated_at = now()
 WHERE shop_id = %s AND origin = %s AND status = 'open' AND reason NOT IN ('emergency', 'voicemail', 'message')
   AND (service_type_id IS NULL OR %s::bigint IS NULL OR service_type_id = %s::bigint)
"""


def close(*, shop_id: int, origin: str, service_id: int | None = None) -> int:
    """Mark the origin's lead as done, because the caller was served after all; return how many were open.

    A booking closes only what asked for its service. An emergency and a voicemail are closed by a person.
    """
    with connection.cursor() as cursor:  # a caller waits for it with every booking, and nearly always there is none
        cursor.execute(_CLOSE, [shop_id, origin, service_id, service_id])
        closed: int = cursor.rowcount
    return closed


def served(lead_id: int, *, shop_id: int) -> bool:
    """Mark one caller as served, whatever they called for: a person booked for them. Say whether they were waiting."""
    waiting = Lead.objects.filter(pk=lead_id, shop=shop_id, status=Lead.Status.OPEN)
    return bool(waiting.update(status=Lead.Status.DONE, updated_at=timezone.now()))


def unserved(lead_id: int, *, shop_id: int) -> bool:
    """Put back on the list a caller whose booking was taken back; say whether they were off it."""
    done = Lead.objects.filter(pk=lead_id, shop=shop_id, status=Lead.Status.DONE)
    return bool(done.update(status=Lead.Status.OPEN, updated_at=timezone.now()))


def set_aside(*, shop_id: int, origin: str = "", phone: str = "") -> int:
    """Take an origin's lead, or all of a number, from the list because no customer called; an emergency stays on it."""
    waiting = _of(shop_id, origin, phone).filter(status=Lead.Status.OPEN).exclude(reason=Lead.Reason.EMERGENCY)
    return waiting.update(status=Lead.Status.SPAM, updated_at=timezone.now())


def take_back(*, shop_id: int, origin: str = "", phone: str = "") -> int:
    """Put back on the list what was set aside."""
    return _of(shop_id, origin, phone).filter(status=Lead.Status.SPAM).update(status=Lead.Status.OPEN, updated_at=timezone.now())


def name(*, shop_id: int, origin: str, phone: str) -> int:
    """Give the origin's lead the number that was not known when it was kept, and its customer where only one has that number."""
    known = customers.at(phone, shop_id=shop_id)
    unnamed = Lead.objects.filter(shop=shop_id, origin=origin, phone="")
    if len(known) == 1:
        unnamed.filter(customer=None).update(customer=known[0])
    return unnamed.update(phone=phone, updated_at=timezone.now())


def reopen(*, shop_id: int, origin: str) -> int:
    """Put the origin's lead back on the list, which was closed for a fact that no longer holds."""
    closed = Lead.objects.filter(shop=shop_id, origin=origin, status=Lead.Status.DONE)
    return closed.update(status=Lead.Status.OPEN, updated_at=timezone.now())


def _of(shop_id: int, origin: str, phone: str) -> QuerySet[Lead]:
    if not origin and not phone:
        raise ValueError("leads of nobody")
    return Lead.objects.filter(shop=shop_id, **({"origin": origin} if origin else {"phone": phone}))
