"""Closes and reopens what waits for a person: leads, concerns, emergencies; finds what belongs to a concern."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from bookings.models import Concern, Lead, OutgoingMessage
from bookings.services import concerns
from bookings.services.confirmations import CORRECTS
from telephony import emergencies
from telephony.models import Call, Emergency

_OF_DANGER = (Concern.Kind.EMERGENCY, Concern.Kind.UNACKNOWLEDGED)


def end_emergency(emergency: Emergency, *, by: str, now: datetime) -> bool:
    """Say that a caller is safe again: the call may book, what came of it for the office is done. False: that was said before."""
    with transaction.atomic():
        if not emergencies.release(emergency.pk, by=by, now=now):
            return False
        close_leads(Lead.objects.filter(shop=emergency.shop_id, origin=emergency.origin, reason=Lead.Reason.EMERGENCY))
        close_concerns(Concern.objects.filter(shop=emergency.shop_id, origin=emergency.origin, kind__in=_OF_DANGER), now=now)
    return True


def close_leads(rows: Iterable[Lead]) -> int:
    """Mark callers as called back, whatever they called for; return how many were still open."""
    still = [lead.pk for lead in rows if lead.status == Lead.Status.OPEN]
    return Lead.objects.filter(pk__in=still, status=Lead.Status.OPEN).update(status=Lead.Status.DONE, updated_at=timezone.now())


def reopen_leads(rows: Iterable[Lead]) -> int:
    """Put callers back on the list; return how many were off it."""
    off = [lead.pk for lead in rows if lead.status != Lead.Status.OPEN]
    return Lead.objects.filter(pk__in=off).exclude(status=Lead.Status.OPEN).update(status=Lead.Status.OPEN)


def close_concerns(rows: Iterable[Concern], *, now: datetime) -> int:
    """Close concerns; return how many were still open."""
    return sum(
        concerns.close(Concern.Kind(row.kind), row.key, shop_id=row.shop_id, now=now)
        for row in rows
        if row.status == Concern.Status.OPEN
    )


def reopen_concerns(rows: Iterable[Concern]) -> int:
    """Open concerns again, save those that have come up anew meanwhile; return how many were opened."""
    opened = 0
    for row in rows:
        try:
            with transaction.atomic():
                opened += Concern.objects.filter(pk=row.pk, status=Concern.Status.DONE).update(
                    status=Concern.Status.OPEN, closed_at=None
                )
        except IntegrityError:
            continue  # the same concern is open already
    return opened


def call_of(concern: Concern) -> Call | None:
    """Return the call a concern came from, None where it came from none, as from a text."""
    kind, _, public_id = concern.origin.partition(":")
    return Call.objects.filter(shop=concern.shop_id, public_id=public_id).first() if kind == "call" else None


def corrections_of(concern: Concern) -> list[OutgoingMessage]:
    """Return the texts with which a customer was told what stands, for a concern that shows what was said instead."""
    if concern.booking_id is None or not concern.stands:
        return []
    return list(OutgoingMessage.objects.filter(booking=concern.booking_id, reason__startswith=CORRECTS).order_by("pk"))
