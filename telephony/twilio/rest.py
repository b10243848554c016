"""Twilio's own client, at the base address of the settings, behind a breaker that all of its users share."""

from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from wire.breaker import Breaker, Health, OpenError

REQUEST_SECONDS = 10.0
# Most requests are made in the background and are made again: one that fails says little.
BREAKER = Breaker("twilio", failures=3, trial_seconds=REQUEST_SECONDS + 5)
# Whatever a request to Twilio may fail with. An answer of Twilio's that refuses is a TwilioRestException; with an OpenError
# nothing was sent.
ERRORS = (TwilioException, requests.RequestException, OpenError)


def client() -> Client:
    """A client of its own for each use: they are few, and a kept connection that went stale would leave a text's fate open."""
    http = _Guarded(timeout=REQUEST_SECONDS)
    if http.session is not None and urlsplit(settings.TWILIO_API_BASE_URL).hostname in ("127.0.0.1", "localhost", "::1"):
        http.session.trust_env = False
    token = settings.TWILIO_AUTH_TOKENS[0] if settings.TWILIO_AUTH_TOKENS else ""
    made = Client(settings.TWILIO_ACCOUNT_SID, token, http_client=http)
    made.api.base_url = settings.TWILIO_API_BASE_URL
    return made


class _Guarded(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    def request(self, *arguments: Any, **options: Any) -> Response:
        return BREAKER.call(lambda: super(_Guarded, self).request(*arguments, **options), judge=_health)


def _health(outcome: Response | Exception) -> Health:
    if isinstance(outcome, Response):
        return Health.BROKEN if outcome.status_code >= 500 else Health.WELL
    return Health.BROKEN if isinstance(outcome, requests.RequestException) else Health.UNTOLD
