"""A shop and how it works: its policy, its services, its people and their hours.

`Shop.config_version` is raised by a database trigger whenever a row of these tables changes, so that a process may
keep a shop's set-up in memory and know when to read it again.
"""

import uuid
import zoneinfo
from datetime import time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


def known_zone(name: str) -> None:
    """Refuse what the time zone database does not know."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("%(name)s is not a time zone such as America/New_York.", params={"name": name})


class Shop(models.Model):
    name = models.CharField(max_length=100)
    phone_number = models.CharField(
        max_length=20, unique=True, help_text="The number customers call, in E.164 form: +12125550100"
    )
    timezone = models.CharField(max_length=64, default="America/New_York", validators=[known_zone])
    country = models.CharField(max_length=2, default="US", help_text="How a number without a country code is read")
    fallback_number = models.CharField(
        max_length=20, blank=True, help_text="Rings when the assistant cannot answer; empty: FALLBACK_DIAL_NUMBER"
    )
    vapi_phone_number_id = models.CharField(max_length=64, blank=True, help_text="Empty: VAPI_PHONE_NUMBER_ID")
    vapi_assistant_id = models.CharField(max_length=64, blank=True, help_text="Empty: VAPI_ASSISTANT_ID")

    morning_starts = models.TimeField(default=time(8))
    afternoon_starts = models.TimeField(default=time(12))
    evening_starts = models.TimeField(default=time(17))
    evening_ends = models.TimeField(default=time(20))

    horizon_days = models.PositiveSmallIntegerField(default=60, help_text="How far ahead a visit can be booked")
    lead_minutes = models.PositiveSmallIntegerField(default=60, help_text="The soonest start, from now")
    slot_step_minutes = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
        help_text="Offered starts are this far apart",
    )
    offer_minutes = models.PositiveSmallIntegerField(default=60, help_text="How long an offered slot id is known")
    calendar_stale_minutes = models.PositiveSmallIntegerField(
        default=60, help_text="A technician whose Google Calendar could not be read for this long is not offered"
    )
    confirm_by_text = models.BooleanField(default=True, help_text="Send a confirmation text after a booking")

    config_version = models.BigIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="shop_windows_in_order",
                condition=Q(morning_starts__lt=F("afternoon_starts"))
                & Q(afternoon_starts__lt=F("evening_starts"))
                & Q(evening_starts__lt=F("evening_ends")),
                violation_error_message="Morning, afternoon and evening have to follow each other.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class StaffMember(models.Model):
    """A user of the back office and the shop they belong to."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="staff")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "shop"], name="staff_once_per_shop")]

    def __str__(self) -> str:
        return f"{self.user} at {self.shop}"


class Skill(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "name"], name="skill_once_per_shop")]

    def __str__(self) -> str:
        return self.name


class ServiceType(models.Model):
    """What can be booked, and how long it takes."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    key = models.SlugField(max_length=40, help_text="How tools name it: repair, maintenance, installation")
    name = models.CharField(max_length=60, help_text="How a caller hears it: repair visit")
    phrases = models.TextField(
        blank=True,
        help_text="Other words for it, one a line: tune-up, furnace check, no heat",
        verbose_name="also called",
    )
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True, help_text="What it takes to do it")
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(15)])
    minutes_least = models.PositiveSmallIntegerField(validators=[MinValueValidator(15)])
    minutes_most = models.PositiveSmallIntegerField(validators=[MinValueValidator(15)])
    buffer_minutes = models.PositiveSmallIntegerField(default=0, help_text="Kept free after the visit")
    arrival_minutes = models.PositiveSmallIntegerField(
        default=120, validators=[MinValueValidator(30)], help_text="Length of the promised arrival window"
    )
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "key"], name="service_once_per_shop"),
            models.CheckConstraint(
                name="service_minutes_in_range",
                condition=Q(minutes__gte=F("minutes_least")) & Q(minutes__lte=F("minutes_most")),
                violation_error_message="The usual length has to lie between the shortest and the longest.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Technician(models.Model):
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="technicians")
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    color = models.CharField(max_length=7, default="#2563eb")
    active = models.BooleanField(default=True)
    skills = models.ManyToManyField(Skill, through="TechnicianSkill", related_name="technicians")

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class TechnicianSkill(models.Model):
    """A skill or certificate a technician holds, and until when."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    technician = models.ForeignKey(Technician, on_delete=models.CASCADE)
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE)
    expires_on = models.DateField(null=True, blank=True, help_text="Last day it is valid; empty: for good")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["technician", "skill"], name="skill_once_per_technician")]

    def __str__(self) -> str:
        return f"{self.technician}: {self.skill}"


class Weekday(models.IntegerChoices):
    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class WorkingHours(models.Model):
    """One shift of a technician's week, in the shop's zone."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    technician = models.ForeignKey(Technician, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        verbose_name_plural = "working hours"
        ordering = ["weekday", "starts"]
        constraints = [
            models.UniqueConstraint(fields=["technician", "weekday", "starts"], name="shift_once"),
            models.CheckConstraint(
                name="shift_ends_after_start",
                condition=Q(ends__gt=F("starts")),
                violation_error_message="A shift has to end after it starts.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


class TimeOff(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    technician = models.ForeignKey(Technician, on_delete=models.CASCADE, related_name="time_off")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name_plural = "time off"
        indexes = [models.Index(fields=["technician", "starts_at"])]
        constraints = [models.CheckConstraint(name="time_off_ends_after_start", condition=Q(ends_at__gt=F("starts_at")))]

    def __str__(self) -> str:
        return f"{self.technician} off from {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"


class Closure(models.Model):
    """A day on which the shop does not work."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="closures")
    on = models.DateField()
    reason = models.CharField(max_length=100, blank=True, help_text="As a caller may hear it: Thanksgiving")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "on"], name="closure_once_a_day")]

    def __str__(self) -> str:
        return f"{self.on} {self.reason}".strip()
