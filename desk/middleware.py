"""Shows staff every time in their shop's zone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from bookings.models import Shop


class ShopTimeMiddleware:
    """Activates the zone of the signed-in user's shop; webhooks and strangers cost no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(("/admin/", "/board/")) or not request.user.is_authenticated:
            return self.get_response(request)
        zones = Shop.objects.filter(staff__user=request.user).values_list("timezone", flat=True)[:1]
        zone = next(iter(zones), None) or Shop.objects.order_by("pk").values_list("timezone", flat=True).first()
        with timezone.override(zone or "UTC"):
            return self.get_response(request)
