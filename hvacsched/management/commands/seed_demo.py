"""Makes the demo's shop, its people, a few days of work and its calendars. Run again, it changes nothing."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from bookings.engine.roster import Roster
from bookings.models import (
    Closure,
    Lead,
    ServiceType,
    Shop,
    Skill,
    StaffMember,
    Technician,
    TechnicianSkill,
    TimeOff,
    WorkingHours,
)
from bookings.services import appointments, asking, customers, leads, rosters, transactions
from bookings.services.asking import When
from calendars.google import oauth
from calendars.models import CalendarConnection
from calendars.services import connect
from hvacsched import demo_shop

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Command(BaseCommand):
    help = "Make the demo's shop with technicians, customers, a few bookings, staff and connected calendars."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("This is a production system (HVACSCHED_ENV=production): the demo's shop does not belong here.")
        now = timezone.now()
        with transaction.atomic():
            shop, made = Shop.objects.get_or_create(
                phone_number=demo_shop.SHOP_NUMBER,
                defaults={
                    "name": demo_shop.SHOP_NAME,
                    "timezone": demo_shop.SHOP_ZONE,
                    "horizon_days": demo_shop.SHOP_HORIZON_DAYS,
                    "holidays_closed": "",  # those among the first days are written out; later ones stay free to book
                    "fallback_number": settings.FALLBACK_DIAL_NUMBER,
                },
            )
            if made:
                _furnish(shop, now)
            _staff(shop)
        connected = _connect(shop, now)
        self.stdout.write(f"{shop}: {'made' if made else 'there already'}; {connected} calendars connected anew.")


def _furnish(shop: Shop, now: datetime) -> None:
    today = now.astimezone(shop.zone).date()
    skills = {each.skill: Skill.objects.create(shop=shop, name=each.skill) for each in demo_shop.SERVICES}
    for service in demo_shop.SERVICES:
        least, usual, most = service.minutes
        ServiceType.objects.create(
            shop=shop,
            key=service.key,
            name=service.name,
            phrases="\n".join(phrase.strip() for phrase in service.phrases.split(",")),
            skill=skills[service.skill],
            minutes=usual,
            minutes_least=least,
            minutes_most=most,
            buffer_minutes=service.buffer_minutes,
            arrival_minutes=service.arrival_minutes,
        )
    for hand in demo_shop.TECHNICIANS:
        _technician(shop, hand, skills)
    Closure.objects.bulk_create(Closure(shop=shop, on=on, reason=reason) for on, reason in demo_shop.closed_days(today).items())
    days = demo_shop.working_days(today)
    name, starts, ends, reason = demo_shop.AWAY
    if len(days) > 2:
        TimeOff.objects.create(
            shop=shop,
            technician=Technician.objects.get(shop=shop, name=name),
            starts_at=datetime.combine(days[2], starts, shop.zone),
            ends_at=datetime.combine(days[2], ends, shop.zone),
            reason=reason,
        )
    for person in demo_shop.CUSTOMERS:
        whose = customers.customer(shop_id=shop.pk, name=person.name, phone=person.number)
        customers.place(whose=whose, address=person.address)
    shop.refresh_from_db()
    _book(shop, rosters.of(shop.pk, shop.config_version), now)
    for n, (reason, number, wanted) in enumerate(demo_shop.LEADS):
        leads.keep(
            shop_id=shop.pk,
            origin=f"seed:lead-{n}",
            reason=Lead.Reason(reason),
            phone=number,
            now=now - timedelta(minutes=35 * (n + 1)),
            wanted=wanted,
        )


def _technician(shop: Shop, hand: demo_shop.Hand, skills: dict[str, Skill]) -> None:
    technician = Technician.objects.create(shop=shop, name=hand.name, email=hand.email, phone=hand.number, color=hand.color)
    WorkingHours.objects.bulk_create(
        WorkingHours(shop=shop, technician=technician, weekday=weekday, starts=starts, ends=ends)
        for days, starts, ends in hand.shifts
        for weekday in demo_shop.DAYS[days]
    )
    TechnicianSkill.objects.bulk_create(
        TechnicianSkill(shop=shop, technician=technician, skill=skills[skill]) for skill in hand.skills
    )


def _book(shop: Shop, roster: Roster, now: datetime) -> None:
    """Book the seeded work as a caller would; what does not fit into the day any more is left out."""
    today = now.astimezone(shop.zone).date()
    # The first working day is today where that is one; jobs of a day that is not among the seeded ones are left out.
    days = demo_shop.working_days(today)
    if not days or days[0] != today:
        days = [today, *days]
    for n, job in enumerate(demo_shop.JOBS):
        if job.working_day >= len(days):
            continue
        person = demo_shop.CUSTOMERS[job.customer]
        request = asking.Request(
            service=next(each for each in roster.services if each.key == job.service),
            when=When(days[job.working_day], job.at),
            customer_name=person.name,
            customer_phone=person.number,
            origin=f"seed:job-{n}",
            requested_at=now,
            by="seed:demo",
            address=person.address if job.with_address else "",
            problem=job.problem,
        )
        with transactions.booking_transaction(request.origin):
            appointments.book(roster, request, now=now)


def _staff(shop: Shop) -> None:
    owner, made = User.objects.get_or_create(
        username="owner", defaults={"is_staff": True, "is_superuser": True, "first_name": "Olive", "last_name": "Owner"}
    )
    if made:
        owner.set_password("demo-owner")
        owner.save(update_fields=["password"])
    dispatcher, made = User.objects.get_or_create(
        username="dispatcher", defaults={"is_staff": True, "first_name": "Dee", "last_name": "Dispatcher"}
    )
    if made:
        dispatcher.set_password("demo-dispatcher")
        dispatcher.save(update_fields=["password"])
        apps = ("bookings", "telephony", "calendars")
        dispatcher.user_permissions.set(Permission.objects.filter(content_type__app_label__in=apps))
    for user in (owner, dispatcher):
        StaffMember.objects.get_or_create(user=user, shop=shop)


def _connect(shop: Shop, now: datetime) -> int:
    """Connect the calendars of those who have one, with grants of the sandbox; return how many were connected."""
    wanted = [hand.email for hand in demo_shop.TECHNICIANS if hand.calendar]
    missing = [
        technician
        for technician in Technician.objects.filter(shop=shop, email__in=wanted).order_by("pk")
        if not CalendarConnection.objects.filter(technician=technician).exists()
    ]
    if not missing:
        return 0
    where = urlsplit(settings.GOOGLE_API_ENDPOINT)
    if where.hostname not in LOOPBACK:
        raise CommandError(
            f"GOOGLE_API_ENDPOINT is {settings.GOOGLE_API_ENDPOINT}: the demo's calendars live in a sandbox on this machine."
        )
    address = f"{where.scheme}://{where.netloc}/_control/grants"
    for technician in missing:
        grant = _grant(address, technician.email)
        connect.connect_oauth(
            technician,
            account=technician.email,
            sub="",
            refresh_token=str(grant["refresh_token"]),
            access_token=str(grant["access_token"]),
            expires_at=now + timedelta(seconds=int(grant["expires_in"])),
            scopes=str(grant["scope"]).split(),
            calendar_id=technician.email,
            now=now,
        )
    return len(missing)


def _grant(address: str, account: str) -> dict[str, Any]:
    try:
        answer = httpx.post(address, json={"account": account, "scopes": list(oauth.SCOPES)}, timeout=10)
        answer.raise_for_status()
        grant: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise CommandError(
            f"The sandbox did not grant access to a calendar ({error}). The shop is made; start the sandbox at {address} "
            "and run seed_demo again to connect the calendars."
        ) from error
    return grant
