"""Who is told to wait after wrong passwords and codes: an account from an address, counted by django-axes in the database."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from math import ceil
from typing import Any

import structlog
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

log = structlog.get_logger(__name__)


def address_of(request: HttpRequest) -> str:
    """Return whose failures are counted together.

    That is who is connected to us, unless CLIENT_ADDRESS_HEADER names a header that the proxies in front write: then the
    entry that the outermost of them added. Where it is missing or no address, everybody behind the proxy counts as one: a
    made-up header never gets anybody a fresh start.
    """
    connected = str(request.META.get("REMOTE_ADDR") or "")
    if not settings.CLIENT_ADDRESS_HEADER:
        return connected
    told = [each.strip() for each in request.headers.get(settings.CLIENT_ADDRESS_HEADER, "").split(",")]
    if len(told) < settings.TRUSTED_PROXIES:
        return connected
    try:
        return str(ip_address(told[-settings.TRUSTED_PROXIES]))
    except ValueError:
        return connected


def locked_out(request: HttpRequest, answer: Any = None, credentials: dict[str, Any] | None = None) -> HttpResponse:
    """Say that it has to wait, how long, and what else there is to do; the same whether or not the account exists.

    In place of the `answer` there would have been; called so by django-axes.
    """
    wait = _left(request, get_client_username(request, credentials) or "", now=timezone.now())
    log.warning("sign_in_locked")
    context = {"title": "Too many wrong attempts", "minutes": ceil(wait / timedelta(minutes=1)), "mails": settings.SENDS_MAIL}
    said = render(request, "account/locked.html", context, status=429)
    said["Retry-After"] = str(ceil(wait.total_seconds()))
    return said


def _left(request: HttpRequest, username: str, *, now: datetime) -> timedelta:
    """Return how long an account has to wait from here: tries while it waits make that no longer."""
    counted = AccessAttempt.objects.filter(username=username, ip_address=address_of(request))
    last = counted.aggregate(last=Max("attempt_time"))["last"] or now
    left: timedelta = last + settings.AXES_COOLOFF_TIME - now
    return max(left, timedelta(seconds=1))


def may_try(request: HttpRequest, username: str) -> bool:
    """Say whether an account may be tried from where this request comes."""
    return bool(AxesProxyHandler.is_allowed(request, {"username": username}))


def failed(request: HttpRequest, username: str) -> None:
    """Count a wrong code as a wrong password is counted."""
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)
