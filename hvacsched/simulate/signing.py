"""Signs as the vendors sign, written from their documentation and apart from the product's own checks."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

Headers = dict[str, str]


def twilio(token: str, url: str, form: Mapping[str, str]) -> Headers:
    """HMAC-SHA1 over the address as requested, then every name and value of the form by name.

    https://www.twilio.com/docs/usage/security#validating-requests
    """
    signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}


def _header(secret: str, body: bytes, milliseconds: int) -> Headers:
    return {"X-Vapi-Secret": secret}


def _bearer(secret: str, body: bytes, milliseconds: int) -> Headers:
    return {"Authorization": f"Bearer {secret}"}


def _over_body(secret: str, body: bytes, milliseconds: int) -> Headers:
    return {"X-Vapi-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def _over_time_and_body(secret: str, body: bytes, milliseconds: int) -> Headers:
    stamp = str(milliseconds)
    signed = stamp.encode() + b"." + body
    return {"X-Signature": hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest(), "X-Timestamp": stamp}


Credential = Callable[[str, bytes, int], Headers]
# The four that a Vapi account can be set to: https://docs.vapi.ai/server-url/server-authentication
CREDENTIALS: tuple[Credential, ...] = (_header, _bearer, _over_body, _over_time_and_body)


def vapi(way: int, secret: str, message: Mapping[str, Any], milliseconds: int) -> tuple[bytes, Headers]:
    """Return the body as it is sent and the headers that vouch for exactly these bytes. `way` counts through the four."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return body, {"Content-Type": "application/json"} | CREDENTIALS[way % len(CREDENTIALS)](secret, body, milliseconds)
