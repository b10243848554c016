"""Our own signatures, held against the vendor's library and the vendor's documented example."""

import json
import time
from datetime import UTC, datetime

import pytest
from twilio.request_validator import RequestValidator

from hvacsched.simulate import forms, signing
from telephony.vapi import auth

SECRET = "a-secret-of-vapi"
MESSAGE = {"message": {"type": "status-update", "say": "naïve “quotes”"}}


def test_twilio_as_in_twilios_documentation():
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    signed = signing.twilio("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form)
    assert signed == {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}


@pytest.mark.parametrize("url", ["https://shop.example/twilio/inbound", "http://127.0.0.1:8000/twilio/inbound?waited=1&a=%20b"])
def test_twilio_as_twilios_library_checks_it(url):
    form = forms.ringing(forms.voice(account="AC1", sid="CA1", caller="+12125550301", called="+12125550100", status="ringing"))
    form["Body"] = " blanks and é stay "
    signature = signing.twilio("token", url, form)["X-Twilio-Signature"]
    assert RequestValidator("token").validate(url, form, signature)
    assert not RequestValidator("token").validate(url, form | {"CallSid": "CA2"}, signature)
    assert not RequestValidator("other").validate(url, form, signature)


@pytest.mark.parametrize("way", range(4))
def test_each_of_vapis_four_ways(way):
    milliseconds = round(time.time() * 1000)
    body, headers = signing.vapi(way, SECRET, MESSAGE, milliseconds)
    lowered = {name.casefold(): value for name, value in headers.items()}
    now = datetime.now(UTC)
    assert json.loads(body) == MESSAGE
    assert auth.is_authentic(lowered, body, secrets=[SECRET], now=now)
    assert not auth.is_authentic(lowered, body, secrets=["another"], now=now)


@pytest.mark.parametrize("way", [2, 3])
def test_a_signature_is_of_these_bytes_only(way):
    body, headers = signing.vapi(way, SECRET, MESSAGE, round(time.time() * 1000))
    lowered = {name.casefold(): value for name, value in headers.items()}
    assert not auth.is_authentic(lowered, body + b" ", secrets=[SECRET], now=datetime.now(UTC))


def test_the_four_ways_differ():
    assert len({tuple(sorted(signing.vapi(way, SECRET, MESSAGE, 1)[1])) for way in range(4)}) == 4
