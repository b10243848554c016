"""The list of technicians, the way to Google and back, and the service account.

The state of a consent under way lives in the session: bound to it, used once, ten minutes long.
"""

import hmac
import secrets
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from bookings.models import Technician
from calendars import words
from calendars.google import oauth
from calendars.models import CalendarConnection, Invitation
from calendars.services import connect, invitations
from calendars.services.connect import ConnectError
from calendars.services.invitations import EndedError
from calendars.views import access
from calendars.views.access import Visitor

log = structlog.get_logger(__name__)

SESSION_KEY = "calendar_consent"
CONSENT_SECONDS = 600


@never_cache
@require_GET
def login(request: HttpRequest) -> HttpResponse:
    """The list of technicians; with `?technician=` the way to Google's consent page for that one."""
    if "technician" not in request.GET:
        return _page(request) if access.is_staff(request) else access.to_sign_in()
    if not access.is_staff(request) and not request.session.session_key:
        return access.to_sign_in()
    public_id = access.uuid_of(request.GET["technician"])
    visitor = access.visitor_for(request, public_id)
    if visitor is None:
        return access.turned_away(request, public_id)
    return to_google(request, visitor.technician, back=visitor.page)


def to_google(request: HttpRequest, technician: Technician, *, back: str, invitation: Invitation | None = None) -> HttpResponse:
    """Send the browser to Google's consent page, with what has to come back kept in the session."""
    if not settings.GOOGLE_CLIENT_ID:
        return access.refused(request, "no_client", back=back)
    state = secrets.token_urlsafe(32)
    url, verifier = oauth.consent_url(redirect_uri=connect.redirect_uri(), state=state, login_hint=_hint(technician))
    request.session[SESSION_KEY] = {
        "state": state,
        "verifier": verifier,
        "technician": str(technician.public_id),
        "invitation": invitations.token(invitation) if invitation is not None else "",
        "until": timezone.now().timestamp() + CONSENT_SECONDS,
    }
    return redirect(url)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Where Google sends the browser back to."""
    now = timezone.now()
    begun = request.session.pop(SESSION_KEY, None)
    if begun is None and not access.is_staff(request):
        # From Google's page into a browser that did not begin there: most likely somebody with a link and without an account.
        return access.refused(request, "lost", back="")
    back = _back(begun)
    if not _is_answer_to(begun, request.GET.get("state", ""), now):
        return access.refused(request, "expired", back=back)
    try:
        invitation = invitations.read(begun["invitation"], now=now) if begun["invitation"] else None
    except EndedError as ended:
        return access.refused(request, ended.why.value, back="", status=410)
    public_id = access.uuid_of(begun["technician"])
    visitor = _by(invitation) if invitation else access.visitor_for(request, public_id)
    if visitor is None:
        return access.turned_away(request, public_id)
    if "code" not in request.GET:
        return access.refused(request, "denied", back=back)
    try:
        connection = connect.finish_consent(
            visitor.technician, code=request.GET["code"], verifier=begun["verifier"], now=now, invitation=invitation
        )
    except ConnectError as error:
        return access.refused(request, error.code, back=back)
    if invitation is not None:
        access.let_in(request, invitation, now=now)
    return _connected(request, visitor, connection)


@never_cache
@require_POST
@access.staff_only
def service_account(request: HttpRequest) -> HttpResponse:
    """Connect a calendar that was shared with the service account, or that it may act for."""
    visitor = access.visitor_for(request, access.uuid_of(request.POST.get("technician", "")))
    if visitor is None or not visitor.is_staff:
        raise Http404
    calendar_id = request.POST.get("calendar_id", "").strip()[:255]
    subject = request.POST.get("subject", "").strip()[:254]
    if not calendar_id or calendar_id == "primary":
        return access.refused(request, "calendar_unnamed", back=visitor.page)
    now = timezone.now()
    try:
        connection = connect.connect_service_account(visitor.technician, calendar_id=calendar_id, subject=subject, now=now)
    except ConnectError as error:
        return access.refused(request, error.code, back=visitor.page)
    return _connected(request, visitor, connection)


def _by(invitation: Invitation) -> Visitor:
    return Visitor(invitation.technician, f"{invitation.technician.name}, by the link", is_staff=False)


def _back(begun: Any) -> str:
    """Where to start again from."""
    if not isinstance(begun, dict):
        return reverse("calendar-login")
    if begun.get("invitation"):
        return reverse("calendar-invitation", args=[begun["invitation"]])
    return reverse("calendar-technician", args=[begun["technician"]])


def _is_answer_to(begun: Any, state: str, now: datetime) -> bool:
    return (
        isinstance(begun, dict)
        and hmac.compare_digest(str(begun["state"]).encode(), state.encode())
        and now.timestamp() <= begun["until"]
    )


def _hint(technician: Technician) -> str:
    connection = CalendarConnection.objects.filter(technician=technician).values_list("account", flat=True).first()
    return connection or technician.email


def _connected(request: HttpRequest, visitor: Visitor, connection: CalendarConnection) -> HttpResponse:
    log.info("calendar_connected", connection=connection.pk, kind=connection.kind)
    messages.success(request, f"{visitor.technician.name}'s calendar is connected. Visits appear in it within seconds.")
    return redirect(visitor.page)


def _page(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    found = (
        access.technicians(request)
        .filter(active=True)
        .select_related("calendar_connection", "freshness")
        .defer("calendar_connection__refresh_token", "calendar_connection__access_token")
        .prefetch_related("calendar_connection__calendars")
        .order_by("shop__name", "shop_id", "name", "pk")
    )
    return render(
        request,
        "calendars/list.html",
        {
            "rows": [words.Row.of(technician, now=now) for technician in found],
            "is_staff": True,
            "has_client": bool(settings.GOOGLE_CLIENT_ID),
            "service_account": oauth.service_account_address() if settings.GOOGLE_CALENDAR_CREDENTIALS else "",
        },
    )
