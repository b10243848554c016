"""What a new shop starts with: the trade's usual services, lengths, buffers and reserves, to be changed as the owner likes.

Planning figures from public sources (vendors' blogs, open-source tools), not law: each is a row or a setting of the shop.
"""

from dataclasses import dataclass
from datetime import time

from django.db import transaction

from bookings.models import CrewMember, Equipment, Holdback, LengthRule, ServiceType, Shop, Skill


@dataclass(frozen=True, slots=True)
class Usual:
    """A service as most shops have it; minutes are the least, the usual and the most."""

    key: str
    name: str
    name_es: str
    skill: str
    minutes: tuple[int, int, int]
    buffer: int
    arrival: int
    phrases: str
    regular_hours_only: bool = False
    helper: bool = False


USUAL = (
    Usual(
        "maintenance", "maintenance visit", "visita de mantenimiento", "Maintenance", (45, 60, 120), 15, 240,
        "maintenance, tune up, annual service, checkup, cleaning, filter change, seasonal service, mantenimiento, afinación, "
        "servicio anual, revisión, revisión anual, chequeo, limpieza, cambio de filtro",
        regular_hours_only=True,
    ),
    Usual(
        "diagnostic", "diagnostic visit", "visita de diagnóstico", "Service and repair", (60, 90, 120), 60, 120,
        "diagnostic, service call, strange noise, weak airflow, thermostat problem, troubleshoot, diagnóstico, ruido raro, "
        "hace ruido, sale poco aire, problema con el termostato",
    ),
    Usual(
        "repair", "repair visit", "visita de reparación", "Service and repair", (60, 120, 240), 30, 120,
        "repair, fix, no heat, no cooling, no ac, not heating, not cooling, broken, not working, leak, reparación, reparar, "
        "arreglar, arreglo, no funciona, no sirve, no prende, no enciende, no calienta, no enfría, no hay calefacción, "
        "sin calefacción, no tengo calefacción, no hay aire, sin aire, dejó de funcionar, descompuesto, descompuesta, averiado, "
        "averiada, se descompuso, se dañó, gotea, fuga de agua",
    ),
    Usual(
        "inspection", "inspection", "inspección", "Maintenance", (30, 45, 90), 15, 120,
        "inspection, warranty check, inspección, revisión de garantía", regular_hours_only=True,
    ),
    Usual(
        "estimate", "estimate", "visita para un presupuesto", "Estimates", (30, 60, 90), 15, 120,
        "estimate, quote, price for a new system, presupuesto, cotización, estimado, precio de un equipo nuevo",
        regular_hours_only=True,
    ),
    Usual(
        "installation", "installation", "instalación", "Installation", (240, 480, 540), 60, 60,
        "installation, install, replacement, new furnace, new ac, new boiler, new heat pump, change out, instalación, instalar, "
        "reemplazo, reemplazar, equipo nuevo, aire acondicionado nuevo, caldera nueva, calefacción nueva, sistema nuevo",
        regular_hours_only=True, helper=True,
    ),
)  # fmt: skip

# Kind of equipment, age from, age below, percent.
LENGTHS: tuple[tuple[str, int | None, int | None, int], ...] = (
    (Equipment.HEAT_PUMP, None, None, 120),
    (Equipment.MINI_SPLIT, None, None, 130),
    (Equipment.BOILER, None, None, 140),
    ("", 15, None, 150),
    ("", None, 5, 90),
)

RESERVES = (("Winter peak", 11, 2, 30), ("Spring", 3, 5, 15), ("Summer peak", 6, 8, 30), ("Autumn", 9, 10, 15))
RELEASED_AT = time(10)


def furnish(shop: Shop) -> bool:
    """Give a shop that has no services yet the usual ones; say whether it was given them. Owns its transaction."""
    with transaction.atomic():
        Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
        if ServiceType.objects.filter(shop=shop).exists():
            return False
        for each in USUAL:
            skill, _ = Skill.objects.get_or_create(shop=shop, name=each.skill)
            service = ServiceType.objects.create(
                shop=shop,
                key=each.key,
                name=each.name,
                name_es=each.name_es,
                phrases="\n".join(phrase.strip() for phrase in each.phrases.split(",")),
                skill=skill,
                minutes_least=each.minutes[0],
                minutes=each.minutes[1],
                minutes_most=each.minutes[2],
                buffer_minutes=each.buffer,
                arrival_minutes=each.arrival,
                regular_hours_only=each.regular_hours_only,
            )
            if each.helper:
                CrewMember.objects.create(shop=shop, service_type=service)
            if each.key in ("repair", "diagnostic", "maintenance"):
                LengthRule.objects.bulk_create(
                    LengthRule(
                        shop=shop, service_type=service, equipment=kind, years_from=least, years_below=below, percent=percent
                    )
                    for kind, least, below, percent in LENGTHS
                )
        Skill.objects.get_or_create(shop=shop, name="EPA 608", defaults={"is_certificate": True})
        Holdback.objects.bulk_create(
            Holdback(shop=shop, name=name, first_month=first, last_month=last, percent=percent, released_at=RELEASED_AT)
            for name, first, last, percent in RESERVES
        )
    return True
