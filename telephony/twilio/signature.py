"""Lets only Twilio in: the signature over SERVER_URL and the path, with any of the account's tokens.

Of a stranger's request nothing is stored; of Twilio's the signature's digest, so that a copy of it is refused later.
"""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from twilio.request_validator import RequestValidator

from telephony import replays


def refusal(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a request that is not Twilio's POST for our account, or None for one that is."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    # The address Twilio called, not the one a proxy passed on: the configured one. The body parameters go in untouched.
    # https://www.twilio.com/docs/usage/security#validating-requests
    url = settings.SERVER_URL + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    signed = any(RequestValidator(token).validate(url, request.POST, signature) for token in settings.TWILIO_AUTH_TOKENS)
    ours = constant_time_compare(request.POST.get("AccountSid", ""), settings.TWILIO_ACCOUNT_SID)
    if signed and ours and settings.TWILIO_ACCOUNT_SID:
        if not replays.is_late(request.path, signature, now=timezone.now()):
            return None
        return HttpResponseForbidden("This request was sent before, more than five minutes ago.\n", "text/plain")
    return HttpResponseForbidden("This address answers Twilio only: the signature or the account does not fit.\n", "text/plain")


def first_came(request: HttpRequest) -> datetime | None:
    """Return when a request that was let in came for the first time; None when that is not known."""
    return replays.first_seen(request.path, request.headers.get("X-Twilio-Signature", ""))
