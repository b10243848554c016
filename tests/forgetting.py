"""What outlives a test where the product keeps it: outages and refusals of the services it asks."""

import redis
from django.conf import settings

from wire import breaker


def forget_refusals():
    """Nothing is held against a service any more."""
    breaker.forget_all()
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        if refused := server.keys("quota:*"):
            server.delete(*refused)
