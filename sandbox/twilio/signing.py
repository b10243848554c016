"""X-Twilio-Signature: HMAC-SHA1 over the address as requested and the sorted form, in base64."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urldefrag


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """The fragment of an address never travels and is not signed."""
    text = urldefrag(url).url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
