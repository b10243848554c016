"""The headers with which a browser guards our pages: what may run, be loaded, be framed, be told elsewhere.

Two policies. The back office takes what its theme needs: Alpine reads expressions out of attributes (`unsafe-eval`) and
sets styles there. Everything else (sign-in, account, a technician's day, connecting a calendar) runs scripts and styles from our
own files and nothing besides. No page runs a script that stands in it. Machines get neither: they read no pages.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from desk.middleware import MACHINES

# Where no theme is at work. The sign-in page lies beneath /admin/ and asks for passwords: the tight one.
_PLAIN = ("/admin/login/", "/account/", "/oauth/", "/mine/")

_NOWHERE = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
_OFFICE = {
    **_NOWHERE,
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",  # the ticks of the theme's boxes
    "font-src": "'self'",
    "manifest-src": "'self'",
}

PERMISSIONS = ", ".join(
    f"{what}=()"
    for what in (
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope",
        "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get", "screen-wake-lock",
        "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip


def _written(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{what} {whence}" for what, whence in policy.items())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class HeadersMiddleware:
    """Adds what Django's own middlewares do not; costs no statement."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        recordings = {"media-src": " ".join(["'self'", "https:", *settings.MEDIA_ORIGINS])}
        self.plain = _written(_NOWHERE)
        self.office = _written({**_OFFICE, **recordings})

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(MACHINES):
            response.headers.setdefault("Content-Security-Policy", self._policy(request.path))
            response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response

    def _policy(self, path: str) -> str:
        if path.startswith("/oauth/"):
            # A browser holds the redirect after a form to this, too: the button behind an invitation leads to Google.
            return _written({**_NOWHERE, "form-action": f"'self' {_origin(settings.GOOGLE_AUTH_URI)}"})
        return self.plain if path.startswith(_PLAIN) else self.office
