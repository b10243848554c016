"""Which assistant at Vapi is a shop's."""

from django.conf import settings

from bookings.models import Shop


def of(shop: Shop) -> str:
    """Return the id of a shop's assistant at Vapi: its own, else the environment's; "" where it has none there.

    The environment's is the first shop's: whoever calls another shop must not be greeted in the first one's name.
    """
    if shop.vapi_assistant_id or not settings.VAPI_ASSISTANT_ID:
        return shop.vapi_assistant_id
    first = Shop.objects.order_by("pk").values_list("pk", flat=True).first()
    return settings.VAPI_ASSISTANT_ID if shop.pk == first else ""
