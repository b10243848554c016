"""Shows staff every time in their shop's zone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from desk import roles

# What machines ask: no page, no session, no user.
MACHINES = ("/webhook/", "/twilio/", "/healthz", "/readyz")
_TIMELESS = (*MACHINES, "/static/", "/oauth/")  # the calendars' pages show a technician's times, in that shop's zone


class ShopTimeMiddleware:
    """Activates the zone of the signed-in user's first shop; webhooks and strangers cost no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_TIMELESS) or not request.user.is_authenticated:
            return self.get_response(request)
        mine = roles.places(request.user)
        with timezone.override(mine[0].shop.timezone if mine else "UTC"):
            return self.get_response(request)
