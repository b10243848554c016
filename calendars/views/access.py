"""Who may see and do what: the desk for its shops' technicians, technicians for themselves, signed in or by an invitation.

Strangers get the sign-in page, staff of another shop and other technicians 404; who came by an invitation is never sent to
sign in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from bookings.models import StaffMember, Technician
from calendars import words
from calendars.models import Invitation

log = structlog.get_logger(__name__)

_GUEST = "calendar_guest"
GUEST_SECONDS = 3600  # enough to choose calendars and try them out after connecting
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may see to this technician's calendar, and by which name it is remembered.

    `is_staff`: one of the desk, who may also invite, and connect by the service account.
    """

    technician: Technician
    by: str
    is_staff: bool

    @property
    def page(self) -> str:
        return reverse("calendar-technician", args=[self.technician.public_id])


def is_staff(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_authenticated and user.is_active and user.is_staff)


def to_sign_in() -> HttpResponse:
    """What came in the address is not carried along: it may hold a code."""
    return redirect(f"{settings.LOGIN_URL}?next={reverse('calendar-login')}")


def turned_away(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """To the sign-in page; whoever came by an invitation has no account, and is told what to do instead."""
    kept = request.session.get(_GUEST)
    if isinstance(kept, dict) and kept["technician"] == str(public_id):
        return refused(request, "guest_ended", back="", status=410)
    return to_sign_in()


def staff_only(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if is_staff(request) else to_sign_in()

    return guarded


def with_visitor(view: View) -> View:
    """Give the view who is there instead of the technician's id in the address."""

    @wraps(view)
    def guarded(request: HttpRequest, public_id: UUID) -> HttpResponse:
        visitor = visitor_for(request, public_id)
        return view(request, visitor) if visitor is not None else turned_away(request, public_id)

    return guarded


def visitor_for(request: HttpRequest, public_id: UUID) -> Visitor | None:
    """Return who is there for this technician; None for strangers. Raises Http404 for staff of another shop."""
    if is_staff(request):
        technician = technicians(request).filter(public_id=public_id).first()
        if technician is not None:
            return Visitor(technician, request.user.get_username(), is_staff=at_desk(request, technician.shop_id))
    guest = _guest(request, public_id)
    if guest is None and is_staff(request):
        raise Http404
    return guest


def technicians(request: HttpRequest) -> QuerySet[Technician]:
    """Those of the shops at whose desk the signed-in user works, and themselves."""
    user = request.user
    assert isinstance(user, User)
    every = Technician.objects.select_related("shop")
    if user.is_superuser:
        return every
    mine = StaffMember.objects.filter(user=user)
    desks = mine.filter(role__in=StaffMember.DESK).values("shop")
    return every.filter(Q(shop__in=desks) | Q(pk__in=mine.values("technician"), active=True))


def at_desk(request: HttpRequest, shop_id: int) -> bool:
    user = request.user
    assert isinstance(user, User)
    return user.is_superuser or StaffMember.objects.filter(user=user, shop=shop_id, role__in=StaffMember.DESK).exists()


def let_in(request: HttpRequest, invitation: Invitation, *, now: datetime) -> None:
    """Remember in this browser that the technician connected by a link, so that they may choose and try."""
    request.session[_GUEST] = {
        "technician": str(invitation.technician.public_id),
        "invitation": str(invitation.public_id),
        "until": now.timestamp() + GUEST_SECONDS,
    }


def _guest(request: HttpRequest, public_id: UUID) -> Visitor | None:
    kept = request.session.get(_GUEST)
    if not isinstance(kept, dict) or kept["technician"] != str(public_id) or timezone.now().timestamp() > kept["until"]:
        return None
    invitation = (
        Invitation.objects.select_related("technician__shop")
        .filter(public_id=kept["invitation"], withdrawn_at=None, technician__active=True)
        .first()
    )
    if invitation is None:
        return None
    return Visitor(invitation.technician, f"{invitation.technician.name}, by the link", is_staff=False)


def uuid_of(text: str) -> UUID:
    """Raises Http404 for what is none."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def refused(request: HttpRequest, code: str, *, back: str, status: int = 400) -> HttpResponse:
    """Say what happened, what was kept and what to do next."""
    log.info("calendar_not_connected", reason=code)
    return render(
        request,
        "calendars/refused.html",
        {"words": words.REFUSALS[code], "back": back, "is_staff": is_staff(request)},
        status=status,
    )
