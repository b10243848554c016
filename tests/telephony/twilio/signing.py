"""Signs requests as Twilio does, written from its description and not with its library."""

import base64
import hashlib
import hmac
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

PAYLOADS = Path(__file__).resolve().parents[2] / "payloads" / "twilio"
TOKEN = "demo-twilio-auth-token"
SERVER = "https://desk.example.com"
CALL_SID = "CA1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d"


def payload(name, **changes):
    """The parameters of an example body; a change to None takes one away."""
    said = dict(parse_qsl((PAYLOADS / f"{name}.txt").read_text().strip(), keep_blank_values=True))
    return {key: value for key, value in (said | changes).items() if value is not None}


def sign(url, said, token=TOKEN):
    text = url + "".join(key + said[key] for key in sorted(said))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def post(client, path, said, *, token=TOKEN, signature=None):
    return client.post(
        path,
        urlencode(said),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": sign(SERVER + path, said, token) if signature is None else signature},
    )


def read(twiml):
    return ElementTree.fromstring(twiml)  # noqa: S314 - our own answers
