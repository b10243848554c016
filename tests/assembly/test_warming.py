"""A web process is ready before its first caller: what is read once has been read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.services import rosters
from hvacsched import gunicorn, warming
from telephony.assistant import builder
from tests.factories import a_shop


@pytest.fixture
def shop(transactional_db):
    rosters._read.cache_clear()
    return a_shop()


def test_the_first_caller_reads_no_set_up(shop):
    warming.warm()
    shop.refresh_from_db()
    with CaptureQueriesContext(connection) as asked:
        roster = rosters.of(shop.pk, shop.config_version)
        builder.build(shop)
    assert (roster.name, len(asked)) == (shop.name, 0)


def test_gunicorn_warms_each_worker(shop):
    gunicorn.post_worker_init(None)
    assert rosters._read.cache_info().currsize == 1


def test_without_redis_and_without_a_shop_it_starts_all_the_same(transactional_db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    warming.warm()
