"""Who is told to wait after wrong passwords and codes: an account from an address, counted by django-axes in the database."""

from ipaddress import ip_address
from typing import Any

import structlog
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from desk import words

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


def locked_out(request: HttpRequest, credentials: dict[str, Any] | None = None, *rest: Any) -> HttpResponse:
    """Say that it has to wait, until when, and what else there is to do; the same whether or not the account exists."""
    wait = settings.AXES_COOLOFF_TIME
    again = timezone.localtime(timezone.now() + wait)
    log.warning("sign_in_locked")
    context = {"title": "Too many wrong attempts", "minutes": int(wait.total_seconds() // 60), "again": words.clock(again)}
    answer = render(request, "account/locked.html", {**context, "zone": again.tzname()}, status=429)
    answer["Retry-After"] = str(int(wait.total_seconds()))
    return answer


def may_try(request: HttpRequest, username: str) -> bool:
    """Say whether an account may be tried from where this request comes."""
    return bool(AxesProxyHandler.is_allowed(request, {"username": username}))


def failed(request: HttpRequest, username: str) -> None:
    """Count a wrong code as a wrong password is counted."""
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)
