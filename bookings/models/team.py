"""The technicians: what they can do, when they work, where their day starts."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from bookings.models.service import Skill
from bookings.models.shop import Shop, Weekday


class Technician(models.Model):
    class DayStarts(models.TextChoices):
        FIRST_JOB = "first_job", "At the first job: the way there and home is their own time"
        HOME = "home", "At home: the way there and back is working time"
        SHOP = "shop", "At the shop: the way there and back is working time"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="technicians")
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    color = models.CharField(max_length=7, default="#2563eb")
    active = models.BooleanField(default=True)
    works_alone = models.BooleanField(default=True, help_text="Off for helpers and apprentices: they only go along")
    day_starts = models.CharField(max_length=10, choices=DayStarts.choices, default=DayStarts.FIRST_JOB)
    home_zip = models.CharField(max_length=10, blank=True, verbose_name="home ZIP", help_text="Empty: as if at the shop")
    most_visits_a_day = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: as many as fit")
    most_minutes_a_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of planned visits with what is kept free around them; empty: as many as fit"
    )
    skills = models.ManyToManyField(Skill, through="TechnicianSkill", related_name="technicians")

    class Meta:
        ordering = ["name", "id"]
        # What a foreign key over both columns needs to point at: a row that names a technician and is of the same shop.
        constraints = [models.UniqueConstraint(fields=["id", "shop"], name="technician_of_shop")]

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


class WorkingHours(models.Model):
    """One shift of a technician's week, in the shop's zone."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    technician = models.ForeignKey(Technician, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    starts = models.TimeField()
    ends = models.TimeField()
    overtime = models.BooleanField(default=False, help_text="For urgent work only, also on days the shop is closed")

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
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}{' overtime' if self.overtime else ''}"


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
