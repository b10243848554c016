"""The service a caller means."""

import pytest

from bookings.errors import RefusedError
from bookings.services import catalog, rosters

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("repair", "repair"),
        ("AC Repair", "repair"),
        ("my furnace is broken", "repair"),
        ("No heat!", "repair"),
        ("furnace tune up", "maintenance"),
        ("tune-up", "maintenance"),
        ("Tuneup", "maintenance"),
        ("INSTALLATION", "installation"),
        ("a new furnace please", "installation"),
        ("repair visit", "repair"),
    ],
)
def test_find(shop, said, key):
    assert catalog.find(rosters.of(shop.pk, shop.config_version), said).key == key


@pytest.mark.parametrize("said", ["", "pizza", "repairing pizza", "repair or maintenance" * 0])
def test_unknown_services_are_asked_for(shop, said):
    with pytest.raises(RefusedError) as refused:
        catalog.find(rosters.of(shop.pk, shop.config_version), said)
    assert [each.name for each in refused.value.facts["services"]] == ["repair visit", "maintenance visit", "installation"]
