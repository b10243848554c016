"""A shop of a script's own: made as the script says, removed with every row that speaks of it."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import connection, models, transaction

from bookings.models import (
    BusyBlock,
    Closure,
    CrewMember,
    Customer,
    Holdback,
    Property,
    ServiceArea,
    ServiceType,
    Shop,
    Skill,
    Technician,
    TechnicianSkill,
    WorkingHours,
)
from bookings.services import customers
from hvacsched import demo_shop

Json = dict[str, Any]
# No telephone number begins so: area codes of 9xx with a second 9 are kept for later. What stands there is ours to remove.
NUMBERS = "+1999"
ZONE = "America/New_York"

_WEEK = ((0, 1, 2, 3, 4), "08:00", "18:00")
_SERVICES: Mapping[str, Json] = {
    "repair": {
        "name": "repair visit", "name_es": "visita de reparación",
        "phrases": "repair\nfix\nno heat\nnot cooling\nbroken\nac repair\nreparacion\nreparar\nno enfria\nsin calefaccion",
        "minutes": 120, "minutes_least": 60, "minutes_most": 240, "buffer_minutes": 30, "arrival_minutes": 120,
    },
    "maintenance": {
        "name": "maintenance visit", "name_es": "visita de mantenimiento",
        "phrases": "maintenance\ntune up\ncheckup\ninspection\nmantenimiento\nrevision",
        "minutes": 60, "minutes_least": 45, "minutes_most": 120, "buffer_minutes": 15, "arrival_minutes": 120,
    },
    "installation": {
        "name": "installation", "name_es": "instalación",
        "phrases": "installation\ninstall\nnew furnace\nreplacement\ninstalacion\ninstalar",
        "minutes": 480, "minutes_least": 240, "minutes_most": 540, "buffer_minutes": 60, "arrival_minutes": 60,
    },
}  # fmt: skip


def zone_of(about: Json) -> ZoneInfo:
    """Return the zone of the shop a script describes."""
    return ZoneInfo(about.get("fields", {}).get("timezone", ZONE))


@contextmanager
def scratch(about: Json, days: Mapping[str, date]) -> Iterator[Shop]:
    """Make a shop for one script and remove it with all its rows, also when what is done meanwhile is broken off."""
    shop = make(about, days)
    try:
        yield shop
    finally:
        remove(shop.pk)


def make(about: Json, days: Mapping[str, date]) -> Shop:
    """Make the shop a script describes: ABC HVAC with three services and three technicians, but for what is said."""
    with transaction.atomic():
        number = f"{NUMBERS}{secrets.randbelow(10**7):07d}"
        fields = {"name": "ABC HVAC", "timezone": ZONE, "fallback_number": "+12125550199", "holidays_closed": ""}
        shop = Shop.objects.create(**(fields | about.get("fields", {})), phone_number=number, vapi_phone_number_id=f"id-{number}")
        _services(shop, about.get("services", {}))
        team = _team(shop, about.get("technicians", 3), days)
        for day, reason in about.get("closures", {}).items():
            Closure.objects.create(shop=shop, on=days[day], reason=reason)
        for area in about.get("areas", []):
            ServiceArea.objects.create(shop=shop, **area)
        for held in about.get("holdbacks", []):
            Holdback.objects.create(shop=shop, **held)
        for each in about.get("customers", []):
            _customer(shop, **each)
        for n, taken in enumerate(about.get("busy", [])):
            _busy(shop, team[taken["technician"]], days[taken["day"]], taken["from"], taken["to"], n)
    shop.refresh_from_db()
    return shop


def _services(shop: Shop, changes: Mapping[str, Json]) -> None:
    for key in [*_SERVICES, *(key for key in changes if key not in _SERVICES)]:
        fields = dict(_SERVICES.get(key, {})) | changes.get(key, {})
        skill, certificates, crew = fields.pop("skill", ""), fields.pop("certificates", []), fields.pop("crew", [])
        service = ServiceType.objects.create(shop=shop, key=key, skill=_skill(shop, skill) if skill else None, **fields)
        service.certificates.set([_skill(shop, name, is_certificate=True) for name in certificates])
        for role in crew:
            CrewMember.objects.create(shop=shop, service_type=service, role=role)


def _skill(shop: Shop, name: str, *, is_certificate: bool = False) -> Skill:
    return Skill.objects.get_or_create(shop=shop, name=name, defaults={"is_certificate": is_certificate})[0]


def _team(shop: Shop, wanted: int | Sequence[Json], days: Mapping[str, date]) -> list[Technician]:
    """Make the technicians, the demo's people without calendars; hours are (weekdays, from, to)."""
    each_about = [{} for _ in range(wanted)] if isinstance(wanted, int) else list(wanted)
    team = []
    for hand, about in zip(demo_shop.TECHNICIANS, each_about, strict=False):
        about = dict(about)
        hours, overtime = about.pop("hours", [_WEEK]), about.pop("overtime", [])
        skills, certificates = about.pop("skills", []), about.pop("certificates", {})
        technician = Technician.objects.create(shop=shop, name=hand.name, color=hand.color, **about)
        shifts = [(*each, False) for each in hours] + [(*each, True) for each in overtime]
        WorkingHours.objects.bulk_create(
            WorkingHours(shop=shop, technician=technician, weekday=weekday, starts=starts, ends=ends, overtime=late)
            for weekdays, starts, ends, late in shifts
            for weekday in weekdays
        )
        for name in skills:
            TechnicianSkill.objects.create(shop=shop, technician=technician, skill=_skill(shop, name))
        for name, last_day in certificates.items():
            skill = _skill(shop, name, is_certificate=True)
            TechnicianSkill.objects.create(shop=shop, technician=technician, skill=skill, expires_on=days[last_day])
        team.append(technician)
    return team


def _customer(shop: Shop, name: str, phone: str, address: str = "", zip: str = "", member: bool = False) -> None:
    row = Customer.objects.create(shop=shop, name=name, name_key=customers.fold(name), phone=phone, member=member)
    if address:
        Property.objects.create(
            shop=shop, customer=row, address=address, address_key=customers.fold(address), zip_code=zip or address[-5:]
        )


def _busy(shop: Shop, technician: Technician, day: date, starts: str, ends: str, number: int) -> None:
    zone = ZoneInfo(shop.timezone)
    moments = [datetime.combine(day, time.fromisoformat(each), tzinfo=zone) for each in (starts, ends)]
    BusyBlock.objects.create(
        shop=shop, technician=technician, calendar_id="script", event_id=str(number), starts_at=moments[0], ends_at=moments[1]
    )


def remove(shop_id: int) -> None:
    """Delete a scratch shop and every row of it, in one transaction: references are checked when it commits."""
    with transaction.atomic():
        if not Shop.objects.filter(pk=shop_id, phone_number__startswith=NUMBERS).exists():
            return
        every = apps.get_models(include_auto_created=True)
        owned = {model: owner for model in every if (owner := _reference(model, {Shop})) is not None}
        for model in every:  # tables between two others, which name no shop themselves
            if model not in owned and model is not Shop and (link := _reference(model, set(owned))) is not None:
                parents = link.related_model
                assert isinstance(parents, type)
                _delete(model, link.column, within=(parents, owned[parents].column), shop_id=shop_id)
        for model, owner in owned.items():
            _delete(model, owner.column, within=None, shop_id=shop_id)
        _delete(Shop, "id", within=None, shop_id=shop_id)


def remove_left_over() -> bool:
    """Remove the shops of runs that were killed; False where another run is under way, whose shops they may be.

    Only one run at a time has the lock, and keeps it as long as its connection lasts.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('hvacsched scripts'))")
        if not cursor.fetchone()[0]:
            return False
    for shop_id in Shop.objects.filter(phone_number__startswith=NUMBERS).values_list("pk", flat=True):
        remove(shop_id)
    return True


def _reference(model: type[models.Model], to: set[type[models.Model]]) -> "models.ForeignKey[Any, Any] | None":
    return next(
        (each for each in model._meta.concrete_fields if isinstance(each, models.ForeignKey) and each.related_model in to), None
    )


def _delete(model: type[models.Model], column: str, *, within: tuple[type[models.Model], str] | None, shop_id: int) -> None:
    """Delete the rows whose column names the shop, or a row of `within` whose own column does."""
    quote = connection.ops.quote_name
    which = "= %s"
    if within is not None:
        which = f"IN (SELECT id FROM {quote(within[0]._meta.db_table)} WHERE {quote(within[1])} = %s)"  # noqa: S608
    with connection.cursor() as cursor:  # all names are those of our own tables
        cursor.execute(f"DELETE FROM {quote(model._meta.db_table)} WHERE {quote(column)} {which}", [shop_id])  # noqa: S608
