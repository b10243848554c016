"""Shows staff every time in their shop's zone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from desk import shops


class ShopTimeMiddleware:
    """Activates the zone of the signed-in user's first shop; webhooks and strangers cost no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(("/admin/", "/board/", "/inbox/")) or not request.user.is_authenticated:
            return self.get_response(request)
        mine = shops.of(request)
        with timezone.override(mine[0].timezone if mine else "UTC"):
            return self.get_response(request)
