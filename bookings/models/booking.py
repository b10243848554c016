"""What a customer was promised, the blocks of technicians' time that keep it, and the offers that led there."""

import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.utils import timezone

from bookings.models.customer import Customer, Property
from bookings.models.shop import ServiceType, Shop, Technician


class Booking(models.Model):
    """One promise: service, arrival window, status and the reference the customer keeps through every move."""

    class Status(models.TextChoices):
        HELD = "held", "Held"
        BOOKED = "booked", "Booked"
        EN_ROUTE = "en_route", "On the way"
        ON_SITE = "on_site", "On site"
        DONE = "done", "Done"
        NO_SHOW = "no_show", "Nobody home"
        CANCELLED = "cancelled", "Cancelled"

    OPEN: ClassVar = (Status.HELD, Status.BOOKED, Status.EN_ROUTE, Status.ON_SITE)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="bookings")
    reference = models.CharField(max_length=12)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="bookings")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    service_type = models.ForeignKey(ServiceType, on_delete=models.PROTECT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.BOOKED)
    promised_from = models.DateTimeField(help_text="Start of the promised arrival window")
    promised_to = models.DateTimeField(help_text="End of the promised arrival window")
    minutes = models.PositiveSmallIntegerField(help_text="Planned work on site")
    problem = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    hold_expires_at = models.DateTimeField(null=True, blank=True)

    origin = models.CharField(max_length=80, blank=True, help_text="What made it, opaque to the core: call:…, desk:…")
    origin_request = models.CharField(max_length=64, blank=True, help_text="The request that made it; one may make several")
    origin_at = models.DateTimeField(help_text="The origin's own time of the last request that shaped it")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "reference"], name="reference_once_per_shop"),
            models.CheckConstraint(name="promise_ends_after_start", condition=Q(promised_to__gt=F("promised_from"))),
            models.CheckConstraint(name="holds_expire", condition=~Q(status="held") | Q(hold_expires_at__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["origin"], name="booking_origin"),
            models.Index(fields=["shop", "promised_from"], name="booking_day"),
        ]

    def __str__(self) -> str:
        return self.reference


class Visit(models.Model):
    """One technician's block of time; one Calendar event. Never deleted, only ended.

    `blocked` is the planned block with its buffers: no two of them overlap for one technician unless a person marked
    one `overbooked`. `version` rises with whatever changes the event's text or time.
    """

    class Status(models.TextChoices):
        HELD = "held", "Held"
        ACTIVE = "active", "Planned"
        ENDED = "ended", "Ended"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="visits")
    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, null=True, blank=True, related_name="visits")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    blocked = DateTimeRangeField(help_text="The block with its buffers, [start, end)")
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.ACTIVE)
    overbooked = models.BooleanField(default=False, help_text="Overlaps on purpose; only a person sets this")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="technician_once_at_a_time",
                # int8range instead of a plain column: needs no extension, so any PostgreSQL will do.
                expressions=[
                    (
                        Func(F("technician"), F("technician"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("blocked", RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=["held", "active"], technician__isnull=False, overbooked=False),
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(name="visit_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="visit_inside_its_blocked_time",
                condition=Q(blocked__startswith__lte=F("starts_at")) & Q(blocked__endswith__gte=F("ends_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "starts_at"], name="visit_day"),
            GistIndex(fields=["blocked"], name="visit_blocked"),
        ]

    def __str__(self) -> str:
        return f"{self.booking} with {self.technician}"


class BookingChange(models.Model):
    """The history of a booking: what happened, when, by whom."""

    class Kind(models.TextChoices):
        BOOKED = "booked", "Booked"
        MOVED = "moved", "Moved"
        CORRECTED = "corrected", "Corrected"
        CANCELLED = "cancelled", "Cancelled"
        STATUS = "status", "Status changed"

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="changes")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.CharField(max_length=80, help_text="call:…, desk:user or calendar")
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.at):%Y-%m-%d %H:%M}"


class Offer(models.Model):
    """A slot the server named to somebody; valid for any call of the shop until it expires."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    slot_id = models.CharField(max_length=12)
    service_type = models.ForeignKey(ServiceType, on_delete=models.CASCADE)
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=80, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "slot_id"], name="slot_id_once_per_shop")]

    def __str__(self) -> str:
        return self.slot_id
