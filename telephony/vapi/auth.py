"""Says whether a request to /webhook/vapi comes from our Vapi account, in any of the four ways Vapi can be set to.

The strongest credential a request presents decides alone: a wrong signature is not mended by a right header beside it.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

FRESH_SECONDS = 300


def is_authentic(headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime) -> bool:
    """Check, in this order, the first of these headers that is there:

    `x-signature` with `x-timestamp`: hex HMAC-SHA256 over `{timestamp}.{body}`, at most five minutes old (Vapi's
    default HMAC credential); `x-vapi-signature`: hex HMAC-SHA256 over the raw body, with or without "sha256=";
    `x-vapi-secret`: the secret itself; `authorization`: Bearer and the secret. Any of `secrets` will do.
    """
    if (signature := headers.get("x-signature")) is not None:
        stamp = headers.get("x-timestamp", "")
        return _is_fresh(stamp, now) and _signed(signature, stamp.encode() + b"." + body, secrets)
    if (signature := headers.get("x-vapi-signature")) is not None:
        return _signed(signature, body, secrets)
    if (secret := headers.get("x-vapi-secret")) is not None:
        return _equals_one(secret, secrets)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return scheme.casefold() == "bearer" and _equals_one(token.strip(), secrets)


def timeless(headers: Mapping[str, str]) -> str:
    """Return the signature of an authentic request whose credential covers the body and no time; "" for any other.

    However it is written: another spelling of the same signature must not pass for another request.
    """
    return "" if "x-signature" in headers else _bare(headers.get("x-vapi-signature", ""))


def _signed(signature: str, signed: bytes, secrets: Sequence[str]) -> bool:
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return _equals_one(_bare(signature), expected)


def _bare(signature: str) -> str:
    return signature.strip().removeprefix("sha256=").lower()


def _equals_one(presented: str, accepted: Sequence[str]) -> bool:
    """Compare with every one in constant time, so that neither content nor position can be timed."""
    matches = [hmac.compare_digest(presented.encode(), each.encode()) for each in accepted]
    return any(matches)


def _is_fresh(stamp: str, now: datetime) -> bool:
    """Vapi does not say whether it counts seconds or milliseconds; what is too large for seconds is milliseconds."""
    try:
        moment = float(stamp)
    except ValueError:
        return False
    if moment > 1e11:
        moment /= 1000
    return abs(now.timestamp() - moment) <= FRESH_SECONDS
