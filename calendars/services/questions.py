"""Asks a person what is to become of something that was done to one of our events in Google: one question for each visit."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction

from bookings.models import Concern, Technician, Visit
from bookings.services import concerns
from calendars.google.mapping import Stretch
from calendars.services import decisions

Kind = Concern.Kind


def key(visit: Visit) -> str:
    """Name what is asked about a visit."""
    return f"visit:{visit.pk}"


def close(visit: Visit, *kinds: Concern.Kind, now: datetime) -> None:
    """Take back what is asked about a visit."""
    for kind in kinds:
        concerns.close(kind, key(visit), shop_id=visit.shop_id, now=now)


def ask(
    kind: Concern.Kind,
    visit: Visit,
    *,
    now: datetime,
    to: Stretch | None = None,
    technician: Technician | None = None,
    put_back: bool = False,
) -> None:
    """Ask a person, or say anew what an open concern asks; then try whether it may be followed without one."""
    concern = Concern(
        shop_id=visit.shop_id, kind=kind, key=key(visit), text=_text(kind, visit, to, technician, put_back=put_back),
        booking=visit.booking, visit=visit, technician=visit.technician, created_at=now,
        proposed_starts_at=to.starts_at if to else None, proposed_ends_at=to.ends_at if to else None,
        proposed_technician=technician,
    )  # fmt: skip
    pk = concerns.raise_or_renew(concern)
    if to is not None and not put_back:
        transaction.on_commit(partial(decisions.follow, pk, now=now), robust=True)


def _text(kind: Concern.Kind, visit: Visit, to: Stretch | None, technician: Technician | None, *, put_back: bool) -> str:
    who, zone = visit.technician.name if visit.technician else "Somebody", visit.shop.zone
    reference, stands = visit.booking.reference, _moment(visit.starts_at, zone)
    if kind == Kind.EVENT_DELETED:
        then = "It was put back, for the visit changed meanwhile." if put_back else "The visit stands until you decide."
        return f"{who} deleted the event of visit {reference} ({stands}) in Google. {then}"
    assert to is not None
    done = f"gave visit {reference} to {technician.name}" if technician else f"moved visit {reference}"
    if to.ends_at - to.starts_at != visit.ends_at - visit.starts_at:
        minutes = round((to.ends_at - to.starts_at).total_seconds() / 60)
        done += f" and made it {minutes} minutes long"
    then = "The visit was moved meanwhile too, and the event shows that." if put_back else "It stands until you decide."
    return f"{who} {done} in Google: {_moment(to.starts_at, zone)}. The booking says {stands}. {then}"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %b %-d, %-I:%M %p}"
