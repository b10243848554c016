"""Where staff connect technicians' calendars: the page, the way to Google and back. Strangers get nothing.

The state of a consent under way lives in the session: bound to it, used once, ten minutes long.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from bookings.models import Technician
from calendars import words
from calendars.google import oauth
from calendars.models import CalendarConnection
from calendars.services import connect
from calendars.services.connect import ConnectError

log = structlog.get_logger(__name__)

SESSION_KEY = "calendar_consent"
CONSENT_SECONDS = 600
View = Callable[[HttpRequest], HttpResponse]


def _staff_only(view: View) -> View:
    """Send everybody else to the sign-in page. What came in the address is not carried along: it may hold a code."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.is_active and user.is_staff:
            return view(request)
        return redirect(f"{settings.LOGIN_URL}?next={reverse('calendar-login')}")

    return guarded


def _technicians(request: HttpRequest) -> QuerySet[Technician]:
    user = request.user
    assert isinstance(user, User)
    every = Technician.objects.select_related("shop")
    return every if user.is_superuser else every.filter(shop__staff__user=user)


def _technician(request: HttpRequest, public_id: str) -> Technician:
    try:
        wanted = UUID(public_id)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(_technicians(request), public_id=wanted)


@never_cache
@require_GET
@_staff_only
def login(request: HttpRequest) -> HttpResponse:
    """The list of technicians; with `?technician=` the way to Google's consent page for that one."""
    if "technician" not in request.GET:
        return _page(request)
    technician = _technician(request, request.GET["technician"])
    if not settings.GOOGLE_CLIENT_ID:
        return _refused(request, "no_client")
    state = secrets.token_urlsafe(32)
    url, verifier = oauth.consent_url(redirect_uri=connect.redirect_uri(), state=state, login_hint=_hint(technician))
    request.session[SESSION_KEY] = {
        "state": state,
        "verifier": verifier,
        "technician": str(technician.public_id),
        "until": timezone.now().timestamp() + CONSENT_SECONDS,
    }
    return redirect(url)


@never_cache
@require_GET
@_staff_only
def callback(request: HttpRequest) -> HttpResponse:
    """Where Google sends the browser back to."""
    now = timezone.now()
    begun = request.session.pop(SESSION_KEY, None)
    if not _is_answer_to(begun, request.GET.get("state", ""), now):
        return _refused(request, "expired")
    technician = _technician(request, begun["technician"])
    if "code" not in request.GET:
        return _refused(request, "denied")
    try:
        connection = connect.finish_consent(technician, code=request.GET["code"], verifier=begun["verifier"], now=now)
    except ConnectError as error:
        return _refused(request, error.code)
    return _connected(request, connection)


@never_cache
@require_POST
@_staff_only
def service_account(request: HttpRequest) -> HttpResponse:
    """Connect a calendar that was shared with the service account, or that it may act for."""
    technician = _technician(request, request.POST.get("technician", ""))
    calendar_id = request.POST.get("calendar_id", "").strip()[:255]
    subject = request.POST.get("subject", "").strip()[:254]
    if not calendar_id or calendar_id == "primary":
        return _refused(request, "calendar_unnamed")
    try:
        connection = connect.connect_service_account(technician, calendar_id=calendar_id, subject=subject, now=timezone.now())
    except ConnectError as error:
        return _refused(request, error.code)
    return _connected(request, connection)


@never_cache
@require_POST
@_staff_only
def disconnect(request: HttpRequest) -> HttpResponse:
    technician = _technician(request, request.POST.get("technician", ""))
    connection = get_object_or_404(CalendarConnection.objects.defer(*CalendarConnection.SECRETS), technician=technician)
    connect.disconnect(connection, by=request.user.get_username(), now=timezone.now())
    messages.success(request, f"{technician.name}'s calendar is disconnected. Events already written stay in Google.")
    return redirect("calendar-login")


def _is_answer_to(begun: Any, state: str, now: datetime) -> bool:
    return (
        isinstance(begun, dict)
        and hmac.compare_digest(str(begun["state"]).encode(), state.encode())
        and now.timestamp() <= begun["until"]
    )


def _hint(technician: Technician) -> str:
    connection = CalendarConnection.objects.filter(technician=technician).values_list("account", flat=True).first()
    return connection or technician.email


def _connected(request: HttpRequest, connection: CalendarConnection) -> HttpResponse:
    log.info("calendar_connected", connection=connection.pk, kind=connection.kind)
    messages.success(request, f"{connection.technician.name}'s calendar is connected. Visits appear in it within seconds.")
    return redirect("calendar-login")


def _refused(request: HttpRequest, code: str) -> HttpResponse:
    log.info("calendar_not_connected", reason=code)
    return render(request, "calendars/refused.html", {"words": words.REFUSALS[code]}, status=400)


def _page(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    found = (
        _technicians(request)
        .filter(active=True)
        .select_related("calendar_connection", "freshness")
        .defer("calendar_connection__refresh_token", "calendar_connection__access_token")
        .order_by("shop__name", "shop_id", "name", "pk")
    )
    return render(
        request,
        "calendars/connect.html",
        {
            "rows": [words.Row.of(technician, now=now) for technician in found],
            "has_client": bool(settings.GOOGLE_CLIENT_ID),
            "service_account": oauth.service_account_address() if settings.GOOGLE_CALENDAR_CREDENTIALS else "",
        },
    )
