"""One technician's calendar: how it stands, trying it out, which calendars are used, and taking it off again."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bookings.models import OutgoingMessage
from calendars import words
from calendars.google import oauth
from calendars.models import CalendarConnection
from calendars.services import choosing, invitations, leaving, probe
from calendars.services.connect import ConnectError
from calendars.views import access
from calendars.views.access import Visitor

State = CalendarConnection.State


@never_cache
@require_GET
@access.with_visitor
def technician(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    return _page(request, visitor)


@never_cache
@require_POST
@access.with_visitor
def test(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Try the calendar out while the person waits, and show how each step went."""
    connection = _connection(visitor)
    if connection.state != State.CONNECTED:
        return access.refused(request, "not_connected", back=visitor.page)
    steps = probe.run(connection, clock=timezone.now)
    return _page(request, visitor, steps=steps, worked=all(step.worked for step in steps))


@never_cache
@require_http_methods(["GET", "POST"])
@access.with_visitor
def calendars(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Choose which calendars count as busy and which one receives the visits."""
    connection, now = _connection(visitor), timezone.now()
    if connection.state != State.CONNECTED:
        return access.refused(request, "not_connected", back=visitor.page)
    typed = request.POST.get("typed", "").strip()[:255]
    try:
        offered = choosing.entries(connection, clock=timezone.now, typed=typed)
        if request.method == "POST":
            receives = request.POST.get("receives", "")
            counts = {*request.POST.getlist("counts"), *([typed] if typed else [])}
            moved = choosing.choose(connection, offered, receives=receives, counts=counts, now=now)
            messages.success(request, words.chosen(moved))
            return redirect(visitor.page)
    except ConnectError as error:
        return access.refused(request, error.code, back=visitor.page)
    counted = set(connection.calendars.filter(counts=True).values_list("calendar_id", flat=True))
    return render(
        request,
        "calendars/choose.html",
        {
            "visitor": visitor,
            "connection": connection,
            "offered": offered,
            "counted": counted,
            "may_type": connection.kind == CalendarConnection.Kind.SERVICE_ACCOUNT,
            "left_out": words.left_out(connection),
            "is_staff": visitor.is_staff,
        },
    )


@never_cache
@require_POST
@access.with_visitor
def disconnect(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Take the calendar off; a second time, while visits are being removed, leave the rest where they are."""
    connection, now = _connection(visitor), timezone.now()
    if connection.state == State.LEAVING:
        leaving.keep_visits(connection)
    else:
        leaving.disconnect(connection, remove_visits=request.POST.get("visits") == "remove", by=visitor.by, now=now)
    return redirect(visitor.page)


@never_cache
@require_POST
@access.staff_only
@access.with_visitor
def invite(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Make a new link; the one before ends."""
    if not visitor.is_staff:
        raise PermissionDenied
    invitations.invite(visitor.technician, by=visitor.by, now=timezone.now())
    how = f"It goes to {visitor.technician.phone} by text." if visitor.technician.phone else "Copy it and send it."
    messages.success(request, f"The link is ready. {how}")
    return redirect(visitor.page)


@never_cache
@require_POST
@access.staff_only
@access.with_visitor
def withdraw(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    if not visitor.is_staff:
        raise PermissionDenied
    if invitations.withdraw(visitor.technician, now=timezone.now()):
        messages.success(request, "The link no longer works.")
    return redirect(visitor.page)


def _connection(visitor: Visitor) -> CalendarConnection:
    found = CalendarConnection.objects.defer(*CalendarConnection.SECRETS).select_related("technician")
    return get_object_or_404(found, technician=visitor.technician)


def _page(request: HttpRequest, visitor: Visitor, **more: Any) -> HttpResponse:
    now = timezone.now()
    # Times on this page are the shop's, whoever reads it.
    with timezone.override(visitor.technician.shop.zone):
        return render(
            request,
            "calendars/technician.html",
            {
                "visitor": visitor,
                "is_staff": visitor.is_staff,
                "status": words.Status.of(visitor.technician, now=now),
                "asked": words.ASKED,
                "has_client": bool(settings.GOOGLE_CLIENT_ID),
                "service_account": _service_account(visitor),
                **(_invitation(visitor) if visitor.is_staff else {}),
                **more,
            },
        )


def _service_account(visitor: Visitor) -> str:
    return oauth.service_account_address() if visitor.is_staff and settings.GOOGLE_CALENDAR_CREDENTIALS else ""


def _invitation(visitor: Visitor) -> dict[str, Any]:
    invitation = invitations.open_one(visitor.technician, now=timezone.now())
    if invitation is None:
        return {"invitation": None}
    text = OutgoingMessage.objects.filter(
        shop=visitor.technician.shop_id, reason=f"calendar-invitation:{invitation.public_id}"
    ).first()
    return {"invitation": invitation, "link": invitations.link(invitation), "text": text}
