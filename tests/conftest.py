"""Fixtures that every test may use."""

from datetime import UTC, datetime

import pytest

import tests.emptying  # noqa: F401  (what it says is done by its being there)
from telephony.watch import watch
from tests.browser import browser, close_unless_used_by, opens, page, sign_in
from tests.factories import a_shop
from tests.forgetting import forget_refusals
from tests.migrated import django_db_modify_db_settings, django_db_setup

__all__ = ["browser", "django_db_modify_db_settings", "django_db_setup", "opens", "page", "sign_in"]

# A Tuesday, nine in the morning in New York.
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def pytest_collection_modifyitems(items):
    """Long tests first: whoever comes to the end of the tests has only short ones left to wait for."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem):
    try:
        return (yield)
    finally:
        close_unless_used_by(nextitem)


@pytest.fixture(autouse=True)
def _nothing_outlives_its_test():
    """What one test broke, the next one finds whole, and nobody watches over an emergency that is gone with its test."""
    yield
    forget_refusals()
    assert watch.stop(30)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def shop(db):
    return a_shop()
