"""Which assistant at Vapi is a shop's."""

from django.conf import settings
from django.db import connection

from bookings.models import Shop


def of(shop: Shop) -> str:
    """Return the id of a shop's assistant at Vapi: its own, else the environment's; "" where it has none there.

    The environment's is the first shop's: whoever calls another shop must not be greeted in the first one's name.
    """
    if shop.vapi_assistant_id or not settings.VAPI_ASSISTANT_ID:
        return shop.vapi_assistant_id
    with connection.cursor() as cursor:  # a caller waits for it
        cursor.execute("SELECT min(id) FROM bookings_shop")
        (first,) = cursor.fetchone()
    return settings.VAPI_ASSISTANT_ID if shop.pk == first else ""
