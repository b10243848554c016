"""Keeps each shop's set-up in memory, read anew when `Shop.config_version` has moved on."""

from collections import defaultdict
from datetime import date
from functools import lru_cache

from bookings.engine.roster import Part, Roster, Service, Shift, Worker
from bookings.models import Closure, ServiceType, Shop, Technician, TechnicianSkill, WorkingHours


def of(shop_id: int, version: int) -> Roster:
    """Return the set-up of a shop at the `config_version` that was read with the request's first statement."""
    return _read(shop_id, version)


@lru_cache(maxsize=64)
def _read(shop_id: int, version: int) -> Roster:
    # A change that commits between these reads raises the version, so the mixture is never used twice.
    shop = Shop.objects.get(pk=shop_id)
    shifts: dict[int, list[Shift]] = defaultdict(list)
    for hours in WorkingHours.objects.filter(shop=shop_id).order_by("weekday", "starts"):
        shifts[hours.technician_id].append(Shift(hours.weekday, hours.starts, hours.ends))
    skills: dict[int, dict[int, date | None]] = defaultdict(dict)
    for held in TechnicianSkill.objects.filter(shop=shop_id):
        skills[held.technician_id][held.skill_id] = held.expires_on
    return Roster(
        shop_id=shop_id,
        version=version,
        name=shop.name,
        country=shop.country,
        confirm_by_text=shop.confirm_by_text,
        zone=shop.zone,
        workers=tuple(
            Worker(technician.pk, technician.name, skills[technician.pk], tuple(shifts[technician.pk]))
            for technician in Technician.objects.filter(shop=shop_id, active=True).order_by("pk")
        ),
        services=tuple(
            Service(
                id=service.pk,
                key=service.key,
                name=service.name,
                skill=service.skill_id,
                minutes=service.minutes,
                minutes_least=service.minutes_least,
                minutes_most=service.minutes_most,
                buffer_minutes=service.buffer_minutes,
                arrival_minutes=service.arrival_minutes,
                phrases=tuple(line.strip() for line in service.phrases.splitlines() if line.strip()),
            )
            for service in ServiceType.objects.filter(shop=shop_id, active=True).order_by("pk")
        ),
        closures={closure.on: closure.reason for closure in Closure.objects.filter(shop=shop_id)},
        parts=(
            Part("morning", shop.morning_starts, shop.afternoon_starts),
            Part("afternoon", shop.afternoon_starts, shop.evening_starts),
            Part("evening", shop.evening_starts, shop.evening_ends),
        ),
        horizon_days=shop.horizon_days,
        lead_minutes=shop.lead_minutes,
        step_minutes=shop.slot_step_minutes,
        offer_minutes=shop.offer_minutes,
        stale_minutes=shop.calendar_stale_minutes,
    )
