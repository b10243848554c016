"""Keeps each shop's set-up in memory, read anew when `Shop.config_version` has moved on."""

from collections import defaultdict
from datetime import date
from functools import lru_cache

from django.utils import timezone

from bookings.engine.roster import (
    Area,
    DayStarts,
    Holdback,
    LengthRule,
    Part,
    Role,
    Roster,
    Service,
    Shift,
    SkillName,
    Weights,
    Worker,
)
from bookings.engine.travel import StraightLine
from bookings.models import (
    Closure,
    CrewMember,
    ServiceArea,
    ServiceType,
    Shop,
    Skill,
    Technician,
    TechnicianSkill,
    WorkingHours,
)
from bookings.models import Holdback as HoldbackRow
from bookings.models import LengthRule as LengthRuleRow
from bookings.services import holidays
from bookings.services.places import place_of


def of(shop_id: int, version: int) -> Roster:
    """Return the set-up of a shop at the `config_version` that was read with the request's first statement."""
    return _read(shop_id, version, timezone.now().year)


@lru_cache(maxsize=64)
def _read(shop_id: int, version: int, year: int) -> Roster:
    # A change that commits between these reads raises the version, so the mixture is never used twice. The year is in the
    # key because holidays are worked out for some years around it.
    shop = Shop.objects.get(pk=shop_id)
    return Roster(
        shop_id=shop_id,
        version=version,
        name=shop.name,
        country=shop.country,
        confirm_by_text=shop.confirm_by_text,
        zone=shop.zone,
        workers=_workers(shop),
        services=_services(shop_id, active=True),
        retired=_services(shop_id, active=False),
        closures={
            **holidays.closed_on(shop.country, shop.region, shop.holidays_closed, year),
            **{closure.on: closure.reason for closure in Closure.objects.filter(shop=shop_id)},
        },
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
        confirms_unseen=shop.when_stale == Shop.WhenStale.CONFIRM,
        hold_minutes=shop.hold_minutes,
        round_minutes=shop.round_minutes,
        latest_start_percent=shop.latest_start_percent,
        same_day_cutoff=shop.same_day_cutoff,
        skills={skill.pk: SkillName(skill.name, skill.is_certificate) for skill in Skill.objects.filter(shop=shop_id)},
        length_rules=tuple(
            LengthRule(rule.service_type_id, rule.equipment, rule.years_from, rule.years_below, rule.percent)
            for rule in LengthRuleRow.objects.filter(shop=shop_id).order_by("pk")
        ),
        areas=tuple(
            Area(
                area.pk,
                area.name,
                tuple(area.zip_codes.replace(",", " ").split()),
                frozenset(area.weekdays),
                round(area.trip_fee * 100),
            )
            for area in ServiceArea.objects.filter(shop=shop_id)
        ),
        holdbacks=tuple(
            Holdback(each.first_month, each.last_month, frozenset(each.weekdays), each.percent, each.released_at)
            for each in HoldbackRow.objects.filter(shop=shop_id)
        ),
        place=place_of(shop.zip_code),
        travel=StraightLine(shop.road_factor_percent, shop.drive_mph),
        longest_drive_minutes=shop.longest_drive_minutes,
        urgent_phrases=_lines(shop.urgent_phrases),
        languages=tuple(shop.languages.split("-")),
        intent_words=_lines(shop.intent_words),
        retraction_words=_lines(shop.retraction_words),
        intent_confidence=shop.intent_confidence,
        weights=Weights(
            drive=shop.weigh_drive,
            load=shop.weigh_load,
            skill=shop.weigh_skill,
            usual=shop.weigh_usual,
            continuity=shop.weigh_continuity,
            continuity_days=shop.continuity_days,
        ),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _workers(shop: Shop) -> tuple[Worker, ...]:
    shifts: dict[int, list[Shift]] = defaultdict(list)
    for hours in WorkingHours.objects.filter(shop=shop).order_by("weekday", "starts"):
        shifts[hours.technician_id].append(Shift(hours.weekday, hours.starts, hours.ends, hours.overtime))
    skills: dict[int, dict[int, date | None]] = defaultdict(dict)
    for held in TechnicianSkill.objects.filter(shop=shop):
        skills[held.technician_id][held.skill_id] = held.expires_on
    same: dict[tuple[Shift, ...], tuple[Shift, ...]] = {}
    at_the_shop = place_of(shop.zip_code)
    return tuple(
        Worker(
            id=each.pk,
            name=each.name,
            skills=skills[each.pk],
            shifts=same.setdefault(tuple(shifts[each.pk]), tuple(shifts[each.pk])),
            alone=each.works_alone,
            day_starts=DayStarts(each.day_starts),
            base=at_the_shop if each.day_starts == Technician.DayStarts.SHOP else place_of(each.home_zip) or at_the_shop,
            most_visits=each.most_visits_a_day,
            most_minutes=each.most_minutes_a_day,
        )
        for each in Technician.objects.filter(shop=shop, active=True).order_by("pk")
    )


def _services(shop_id: int, *, active: bool) -> tuple[Service, ...]:
    crew: dict[int, list[Role]] = defaultdict(list)
    for member in CrewMember.objects.filter(shop=shop_id).order_by("pk"):
        crew[member.service_type_id].append(Role(member.role, (member.skill_id,) if member.skill_id else ()))
    certificates: dict[int, list[int]] = defaultdict(list)
    needed = ServiceType.certificates.through.objects.filter(servicetype__shop=shop_id).order_by("pk")
    for service_id, skill_id in needed.values_list("servicetype_id", "skill_id"):
        certificates[service_id].append(skill_id)
    return tuple(
        Service(
            id=each.pk,
            key=each.key,
            name=each.name,
            minutes=each.minutes,
            minutes_least=each.minutes_least,
            minutes_most=each.minutes_most,
            roles=(Role("lead", (*((each.skill_id,) if each.skill_id else ()), *certificates[each.pk])), *crew[each.pk]),
            days=each.days,
            setup_minutes=each.setup_minutes,
            buffer_minutes=each.buffer_minutes,
            arrival_minutes=each.arrival_minutes,
            regular_hours_only=each.regular_hours_only,
            phrases=_lines(each.phrases),
            name_es=each.name_es,
            fee_cents=round(each.visit_fee * 100),
            overtime_fee_cents=round(each.overtime_fee * 100),
            member_fee_cents=None if each.member_fee is None else round(each.member_fee * 100),
        )
        for each in ServiceType.objects.filter(shop=shop_id, active=active).order_by("pk")
    )
