"""Fixtures that every test may use."""

from datetime import UTC, datetime

import pytest

import tests.emptying  # noqa: F401  (what it says is done by its being there)
from telephony.watch import LOOK_SECONDS, watch
from tests.browser import browser, page, sign_in
from tests.factories import a_shop
from tests.forgetting import forget_refusals
from tests.migrated import django_db_modify_db_settings

__all__ = ["browser", "django_db_modify_db_settings", "page", "sign_in"]

# A Tuesday, nine in the morning in New York.
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_is_held_against_a_service():
    """What one test broke, the next one finds whole."""
    yield
    forget_refusals()


@pytest.fixture(scope="session", autouse=True)
def _nobody_watches_a_database_that_is_gone(django_db_setup):
    """Emergencies that a test rolled back are let go before the database is."""
    yield
    watch.wait(2 * LOOK_SECONDS)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def shop(db):
    return a_shop()
