"""Fixtures that every test may use."""

from datetime import UTC, datetime

import pytest

from tests.browser import browser, page
from tests.factories import a_shop

__all__ = ["browser", "page"]

# A Tuesday, nine in the morning in New York.
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def shop(db):
    return a_shop()
