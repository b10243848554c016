"""A new shop starts with what the trade usually has, once."""

from datetime import date
from typing import Any

import pytest

from bookings.models import Holdback, LengthRule, ServiceType, Skill
from bookings.services import catalog, starting
from tests.bookings.asking import roster_of
from tests.factories import ShopFactory, a_shop


def test_a_new_shop_can_book_at_once(db):
    shop: Any = ShopFactory()
    assert starting.furnish(shop) is True
    roster = roster_of(shop)
    assert [service.key for service in roster.services] == [each.key for each in starting.USUAL]
    assert catalog.find(roster, "furnace tune up").key == "maintenance"
    repair = catalog.find(roster, "no heat")
    assert (repair.minutes, repair.buffer_minutes, repair.arrival_minutes, len(repair.roles)) == (120, 30, 120, 1)
    assert roster.minutes_of(repair, equipment="boiler", years=20) == 240
    assert roster.minutes_of(catalog.find(roster, "tune up"), equipment="heat_pump") == 75
    assert [role.name for role in catalog.find(roster, "new furnace").roles] == ["lead", "helper"]
    held = [max(each.percent for each in roster.holdbacks if each.covers(date(2026, month, 15))) for month in range(1, 13)]
    assert held == [30, 30, 15, 15, 15, 30, 30, 30, 15, 15, 30, 30]


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("no funciona la calefacción", "repair"), ("Reparación", "repair"), ("el aire dejó de funcionar", "repair"),
        ("hay una fuga de agua", "repair"), ("mantenimiento del aire", "maintenance"), ("una limpieza", "maintenance"),
        ("un ruido raro", "diagnostic"), ("visita de diagnóstico", "diagnostic"), ("inspección", "inspection"),
        ("quiero un presupuesto", "estimate"), ("una cotización", "estimate"), ("instalar un equipo nuevo", "installation"),
        ("instalacion", "installation"),
    ],
)  # fmt: skip
def test_spanish_words_find_the_usual_services(db, said, key):
    shop: Any = ShopFactory()
    starting.furnish(shop)
    roster = roster_of(shop)
    found = catalog.find(roster, said)
    assert found.key == key
    assert all(service.name_es and catalog.find(roster, service.name_es) == service for service in roster.services)


def test_no_heat_in_spanish_is_urgent(db):
    shop: Any = ShopFactory()
    for said in ("No funciona la calefacción", "no hay calefaccion", "la caldera no calienta", "hay una fuga de agua"):
        assert catalog.urgency(roster_of(shop), said) == "urgent"
    assert catalog.urgency(roster_of(shop), "quiero mantenimiento del aire") == "routine"


def test_who_has_services_keeps_them(db):
    fresh: Any = ShopFactory()
    assert (starting.furnish(fresh), starting.furnish(fresh)) == (True, False)
    counts = [model.objects.filter(shop=fresh).count() for model in (ServiceType, Skill, LengthRule, Holdback)]
    assert counts == [6, 5, 15, 4]
    other = a_shop()
    assert starting.furnish(other) is False
    assert ServiceType.objects.filter(shop=other).count() == 3
