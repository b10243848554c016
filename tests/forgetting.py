"""What outlives a test where the product keeps it: outages and refusals of the services it asks."""

from functools import cache

import redis
from django.conf import settings

from wire import breaker


def forget_refusals():
    """Nothing is held against a service any more."""
    breaker.forget_all()
    server = _server(settings.REDIS_URL)
    if refused := server.keys("quota:*"):
        server.delete(*refused)


@cache
def _server(url):
    return redis.Redis.from_url(url)
