"""Twilio's own client, at the base address of the settings."""

from urllib.parse import urlsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

REQUEST_SECONDS = 10.0
# Whatever a request to Twilio may fail with; an answer of Twilio's that refuses is a TwilioRestException.
ERRORS = (TwilioException, requests.RequestException)


def client() -> Client:
    """A client of its own for each use: they are few, and a kept connection that went stale would leave a text's fate open."""
    http = TwilioHttpClient(timeout=REQUEST_SECONDS)
    if http.session is not None and urlsplit(settings.TWILIO_API_BASE_URL).hostname in ("127.0.0.1", "localhost", "::1"):
        http.session.trust_env = False
    token = settings.TWILIO_AUTH_TOKENS[0] if settings.TWILIO_AUTH_TOKENS else ""
    made = Client(settings.TWILIO_ACCOUNT_SID, token, http_client=http)
    made.api.base_url = settings.TWILIO_API_BASE_URL
    return made
