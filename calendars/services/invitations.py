"""Links by which technicians connect their own calendar without an account here. Owns who may use one, and until when.

The address carries the row's public id, signed: guessing gets nowhere, and nothing is looked up for what is not ours.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from bookings.models import Technician
from bookings.services import messages
from calendars.models import Invitation

LASTS = timedelta(days=7)
_SIGNER = "calendars.invitation"


class Ended(StrEnum):
    """Why a link no longer lets anybody in."""

    UNKNOWN = "invitation_unknown"
    EXPIRED = "invitation_expired"
    USED = "invitation_used"
    WITHDRAWN = "invitation_withdrawn"


class EndedError(Exception):
    """The link lets nobody in."""

    def __init__(self, why: Ended) -> None:
        super().__init__(why.value)
        self.why = why


def invite(technician: Technician, *, by: str, now: datetime, why: str = "") -> Invitation:
    """Make a technician's link, withdraw the ones before, and text it where a number is known; `why` stands before it."""
    with transaction.atomic():
        # Two who invite at once do it one after the other, so that one link is left.
        Technician.objects.select_for_update(no_key=True).get(pk=technician.pk)
        withdraw(technician, now=now)
        invitation = Invitation.objects.create(
            shop_id=technician.shop_id, technician=technician, invited_by=by, created_at=now, expires_at=now + LASTS
        )
        if technician.phone:
            ends = invitation.expires_at.astimezone(technician.shop.zone)
            messages.queue(
                shop_id=technician.shop_id,
                reason=f"calendar-invitation:{invitation.public_id}",
                to=technician.phone,
                body=f"{technician.shop.name}: {why or 'connect your Google Calendar, so that your visits show up in it'}: "
                f"{link(invitation)} This link is for you alone and works until {ends:%a %b %-d}.",
                now=now,
            )
    return invitation


def withdraw(technician: Technician, *, now: datetime) -> bool:
    """End a technician's open links, and what somebody who came by them may do; return whether there was one."""
    return bool(of(technician).filter(withdrawn_at=None).update(withdrawn_at=now))


def of(technician: Technician) -> QuerySet[Invitation]:
    return Invitation.objects.filter(technician=technician)


def open_one(technician: Technician, *, now: datetime) -> Invitation | None:
    """The link that works now, if there is one."""
    return of(technician).filter(withdrawn_at=None, used_at=None, expires_at__gt=now).order_by("-pk").first()


def link(invitation: Invitation) -> str:
    return settings.SERVER_URL + reverse("calendar-invitation", args=[token(invitation)])


def token(invitation: Invitation) -> str:
    return _signer().sign(invitation.public_id.hex)


def read(token: str, *, now: datetime) -> Invitation:
    """Return the invitation of a link that works. Raises EndedError; stores nothing."""
    try:
        public_id = UUID(hex=_signer().unsign(token))
    except (BadSignature, ValueError) as error:
        raise EndedError(Ended.UNKNOWN) from error
    invitation = (
        Invitation.objects.select_related("technician__shop").filter(public_id=public_id, technician__active=True).first()
    )
    if invitation is None:
        raise EndedError(Ended.UNKNOWN)
    for ended, why in (
        (invitation.withdrawn_at is not None, Ended.WITHDRAWN),
        (invitation.used_at is not None, Ended.USED),
        (invitation.expires_at <= now, Ended.EXPIRED),
    ):
        if ended:
            raise EndedError(why)
    return invitation


def opened(invitation: Invitation, *, now: datetime) -> None:
    """Note that somebody went on from the link to Google: a mere look may have been a messenger's preview."""
    Invitation.objects.filter(pk=invitation.pk, opened_at=None).update(opened_at=now)


def use(invitation: Invitation, *, now: datetime) -> bool:
    """Use a link up; False when it ended meanwhile. Inside the transaction that connects."""
    live = Invitation.objects.filter(pk=invitation.pk, used_at=None, withdrawn_at=None, expires_at__gt=now)
    return bool(live.update(used_at=now))


def _signer() -> Signer:
    return Signer(salt=_SIGNER, sep=".")
