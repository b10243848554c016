"""Makes the demo's shop, its people, a few days of work and its calendars. Run again, it changes nothing."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from bookings.engine.roster import Roster
from bookings.models import (
    Closure,
    CrewMember,
    Customer,
    Lead,
    LengthRule,
    OfficeHours,
    OnCallPerson,
    ServiceType,
    Shop,
    Skill,
    StaffMember,
    Technician,
    TechnicianSkill,
    TimeOff,
    WorkingHours,
)
from bookings.services import appointments, asking, catalog, customers, leads, rosters, rota, transactions
from bookings.services.asking import When
from calendars.google import oauth
from calendars.models import CalendarConnection
from calendars.services import connect, pull
from hvacsched import demo_shop
from telephony import calls, endings
from telephony.tools import run
from telephony.tools.context import ToolRequest

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Command(BaseCommand):
    help = "Make the demo's shop with technicians, customers, a few bookings, staff and connected calendars."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--read-calendars", action="store_true", help="Read the calendars too, as a worker would soon")

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
                    "zip_code": demo_shop.SHOP_ZIP,
                    "region": demo_shop.SHOP_REGION,
                    "holidays_closed": "",  # those among the first days are written out; later ones stay free to book
                    "fallback_number": settings.FALLBACK_DIAL_NUMBER,
                },
            )
            if made:
                _furnish(shop, now)
            _staff(shop)
        connected = _connect(shop, now)
        if options.get("read_calendars"):
            # Unknown is never free, and the demo's first call may come sooner than the worker's first reading.
            for connection_id in CalendarConnection.objects.filter(shop=shop).order_by("pk").values_list("pk", flat=True):
                pull.read_connection(connection_id, clock=timezone.now)
        self.stdout.write(f"{shop}: {'made' if made else 'there already'}; {connected} calendars connected anew.")


def _furnish(shop: Shop, now: datetime) -> None:
    today = now.astimezone(shop.zone).date()
    skills = _services(shop)
    for hand in demo_shop.TECHNICIANS:
        _technician(shop, hand, skills, today)
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
    _on_call(shop, today)
    for person in demo_shop.CUSTOMERS:
        whose = customers.customer(shop_id=shop.pk, name=person.name, phone=person.number)
        customers.place(whose=whose, address=person.address)
        if person.member:
            Customer.objects.filter(pk=whose.pk).update(member=True)
    shop.refresh_from_db()
    _book(shop, rosters.of(shop.pk, shop.config_version), now)
    _turn_away(shop, now)
    for n, (reason, number, wanted) in enumerate(demo_shop.LEADS):
        leads.keep(
            shop_id=shop.pk,
            origin=f"seed:lead-{n}",
            reason=Lead.Reason(reason),
            phone=number,
            now=now - timedelta(minutes=35 * (n + 1)),
            wanted=wanted,
        )


def _services(shop: Shop) -> dict[str, Skill]:
    """Make the services with what they take; return the skills by name."""
    names = dict.fromkeys(each.skill for each in demo_shop.SERVICES)
    skills = {name: Skill.objects.create(shop=shop, name=name) for name in names}
    skills[demo_shop.EPA] = Skill.objects.create(shop=shop, name=demo_shop.EPA, is_certificate=True)
    made: dict[str, ServiceType] = {}
    for service in demo_shop.SERVICES:
        least, usual, most = service.minutes
        made[service.key] = ServiceType.objects.create(
            shop=shop,
            key=service.key,
            name=service.name,
            name_es=service.name_es,
            phrases="\n".join(phrase.strip() for phrase in service.phrases.split(",")),
            skill=skills[service.skill],
            minutes=usual,
            minutes_least=least,
            minutes_most=most,
            days=service.days,
            buffer_minutes=service.buffer_minutes,
            arrival_minutes=service.arrival_minutes,
        )
        made[service.key].certificates.set([skills[service.certificate]] if service.certificate else [])
        CrewMember.objects.bulk_create(
            CrewMember(shop=shop, service_type=made[service.key], role=role) for role in service.crew
        )  # fmt: skip
    LengthRule.objects.bulk_create(
        LengthRule(
            shop=shop, service_type=made[rule.service], equipment=rule.equipment, years_from=rule.years_from,
            years_below=rule.years_below, percent=rule.percent,
        )
        for rule in demo_shop.LENGTHS
    )  # fmt: skip
    return skills


def _technician(shop: Shop, hand: demo_shop.Hand, skills: dict[str, Skill], today: date) -> None:
    technician = Technician.objects.create(
        shop=shop, name=hand.name, email=hand.email, phone=hand.number, color=hand.color, home_zip=hand.home_zip,
        works_alone=hand.alone,
    )  # fmt: skip
    shifts = [(each, False) for each in hand.shifts] + [(each, True) for each in demo_shop.OVERTIME if hand.overtime]
    WorkingHours.objects.bulk_create(
        WorkingHours(shop=shop, technician=technician, weekday=weekday, starts=starts, ends=ends, overtime=overtime)
        for (days, starts, ends), overtime in shifts
        for weekday in demo_shop.DAYS[days]
    )
    TechnicianSkill.objects.bulk_create(
        TechnicianSkill(shop=shop, technician=technician, skill=skills[skill]) for skill in hand.skills
    )
    if hand.epa_days is not None:
        until = today + timedelta(days=hand.epa_days)
        TechnicianSkill.objects.create(shop=shop, technician=technician, skill=skills[demo_shop.EPA], expires_on=until)


def _on_call(shop: Shop, today: date) -> None:
    """Write down the office's hours and who is on call in the coming weeks: in turn, the next one behind, the owner last."""
    days, opens, closes = demo_shop.OFFICE_HOURS
    OfficeHours.objects.bulk_create(
        OfficeHours(shop=shop, weekday=weekday, opens=opens, closes=closes) for weekday in demo_shop.DAYS[days]
    )
    technicians = {each.name: each for each in Technician.objects.filter(shop=shop)}
    people = [
        OnCallPerson.objects.create(
            shop=shop, name=each.name, phone=each.number, owner=each.owner, technician=technicians.get(each.name)
        )
        for each in demo_shop.ON_CALL
    ]
    turns = [each for each in people if not each.owner]
    rota.fill(shop, turns, first=today, weeks=demo_shop.ON_CALL_WEEKS, change=demo_shop.ON_CALL_CHANGES)


def _book(shop: Shop, roster: Roster, now: datetime) -> None:
    """Book the seeded work as a caller would; what does not fit into the day any more is left out."""
    days = demo_shop.days_of_work(now.astimezone(shop.zone).date())
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
            urgency=catalog.urgency(roster, job.problem),
        )
        with transactions.booking_transaction(request.origin):
            appointments.book(roster, request, now=now)


def _turn_away(shop: Shop, now: datetime) -> None:
    """Play a call of a while ago that asked for a time at which nobody was free: the office can see why not, and call back."""
    who = demo_shop.TURNED_AWAY
    days = demo_shop.days_of_work(now.astimezone(shop.zone).date())
    at = now - timedelta(minutes=who.minutes_ago)
    known = calls.heard(
        vapi_id="", twilio_sid=who.sid, shop_number=shop.phone_number, phone_number_id="", from_number=who.number, now=at
    )
    asked: dict[str, Any] = {
        "serviceType": who.service,
        "scheduledDate": datetime.combine(days[who.working_day], who.at).isoformat(timespec="minutes"),
        "customerName": who.name,
        "problem": who.problem,
    }
    list(run.run_all(known, [ToolRequest("call_seed", "bookAppointment", asked)], at=at, message="seed", now=at))
    call = calls.record(shop=shop, now=at, twilio_sid=who.sid)
    endings.close(call, reason="customer-ended-call", at=at + timedelta(minutes=2), hung_up=True)


def _staff(shop: Shop) -> None:
    """Make an account for each role. The owner is a superuser as well: whoever tries the demo runs the server, too."""
    drives = Technician.objects.filter(shop=shop, name=demo_shop.TECHNICIANS[0].name).first()
    Role = StaffMember.Role
    for role, first, last in (
        (Role.OWNER, "Olive", "Owner"),
        (Role.DISPATCHER, "Dee", "Dispatcher"),
        (Role.TECHNICIAN, *demo_shop.TECHNICIANS[0].name.split(" ", 1)),
    ):
        user, made = User.objects.get_or_create(
            username=role, defaults={"is_staff": True, "is_superuser": role == Role.OWNER, "first_name": first, "last_name": last}
        )
        if made:
            user.set_password(f"demo-{role}")
            user.save(update_fields=["password"])
        technician = drives if role == Role.TECHNICIAN else None
        if role != Role.TECHNICIAN or technician is not None:
            StaffMember.objects.get_or_create(user=user, shop=shop, defaults={"role": role, "technician": technician})


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
    with httpx.Client(timeout=10) as sandbox:
        grants = [_grant(sandbox, address, technician.email) for technician in missing]
    for technician, grant in zip(missing, grants, strict=True):
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


def _grant(sandbox: httpx.Client, address: str, account: str) -> dict[str, Any]:
    try:
        answer = sandbox.post(address, json={"account": account, "scopes": list(oauth.SCOPES)})
        answer.raise_for_status()
        grant: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise CommandError(
            f"The sandbox did not grant access to a calendar ({error}). The shop is made; start the sandbox at {address} "
            "and run seed_demo again to connect the calendars."
        ) from error
    return grant
