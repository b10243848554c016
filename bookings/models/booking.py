"""What a customer was promised, the blocks of technicians' time that keep it, and the offers that led there."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.utils import timezone

from bookings.models.customer import Customer, Property
from bookings.models.service import Equipment, ServiceType
from bookings.models.shop import Shop
from bookings.models.team import Technician


class Urgency(models.TextChoices):
    ROUTINE = "routine", "Routine"
    URGENT = "urgent", "Urgent"
    EMERGENCY = "emergency", "Emergency"


class Booking(models.Model):
    """One promise: service, arrival window, status and the reference the customer keeps through every move."""

    class Status(models.TextChoices):
        HELD = "held", "On hold"
        BOOKED = "booked", "Booked"
        EN_ROUTE = "en_route", "On the way"
        ON_SITE = "on_site", "On site"
        DONE = "done", "Done"
        NO_SHOW = "no_show", "Nobody home"
        CANCELLED = "cancelled", "Cancelled"
        LAPSED = "lapsed", "Hold ran out"

    OPEN: ClassVar = (Status.HELD, Status.BOOKED, Status.EN_ROUTE, Status.ON_SITE)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="bookings")
    reference = models.CharField(max_length=12)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings", help_text="Empty while only held"
    )
    property = models.ForeignKey(Property, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    service_type = models.ForeignKey(ServiceType, on_delete=models.PROTECT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.BOOKED)
    promised_from = models.DateTimeField(help_text="Start of the promised arrival window")
    promised_to = models.DateTimeField(help_text="End of the promised arrival window")
    minutes = models.PositiveSmallIntegerField(help_text="Planned work on site, each day")
    urgency = models.CharField(max_length=10, choices=Urgency.choices, default=Urgency.ROUTINE)
    equipment = models.CharField(max_length=20, choices=Equipment.choices, blank=True)
    equipment_years = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Age of the equipment")
    zip_code = models.CharField(max_length=10, blank=True, verbose_name="ZIP code", help_text="Where the drive was reckoned to")
    trip_fee = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal(0), help_text="As the caller was told")
    visit_fee = models.DecimalField(
        max_digits=7, decimal_places=2, default=Decimal(0), help_text="For coming and looking, after-hours fee included"
    )
    fee_told_at = models.DateTimeField(
        null=True, blank=True, help_text="When the caller was told of the fees, before it was booked"
    )
    problem = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    language = models.CharField(max_length=2, default="en", help_text="In which the customer was spoken to")
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    to_confirm_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Promised on the office's confirmation, because a calendar could not be seen; empty: it stands for certain",
    )

    origin = models.CharField(max_length=80, blank=True, help_text="What made it, opaque to the core: call:…, desk:…")
    origin_request = models.CharField(max_length=64, blank=True, help_text="The request that made it; one may make several")
    origin_at = models.DateTimeField(help_text="The origin's own time of the last request that shaped it")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "reference"], name="reference_once_per_shop"),
            models.CheckConstraint(name="promise_ends_after_start", condition=Q(promised_to__gt=F("promised_from"))),
            models.CheckConstraint(
                name="only_holds_have_no_customer",
                condition=Q(customer__isnull=False) | Q(status__in=["held", "lapsed", "cancelled"]),
            ),
            models.CheckConstraint(name="holds_expire", condition=~Q(status="held") | Q(hold_expires_at__isnull=False)),
            models.CheckConstraint(
                name="only_what_is_ahead_waits_to_be_confirmed",
                condition=Q(to_confirm_since__isnull=True) | Q(status__in=["held", "booked"]),
            ),
        ]
        indexes = [
            models.Index(fields=["origin"], name="booking_origin"),
            models.Index(fields=["shop", "promised_from"], name="booking_day"),
            models.Index(fields=["hold_expires_at"], condition=Q(status="held"), name="booking_held"),
            models.Index(fields=["to_confirm_since"], condition=Q(to_confirm_since__isnull=False), name="booking_to_confirm"),
        ]

    def __str__(self) -> str:
        return self.reference


class Visit(models.Model):
    """One technician's block of time; one Calendar event. Never deleted, only ended.

    `blocked` is the planned block with its buffers: no two of them overlap for one technician unless a person marked
    one `overbooked`. `version` rises with whatever changes the event's text or time.
    """

    class Status(models.TextChoices):
        HELD = "held", "On hold"
        ACTIVE = "active", "Planned"
        DONE = "done", "Done"
        ENDED = "ended", "Ended"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="visits")
    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, null=True, blank=True, related_name="visits")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    blocked = DateTimeRangeField(help_text="The block with its buffers, [start, end)")
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.ACTIVE)
    held_until = models.DateTimeField(null=True, blank=True, help_text="A hold that is older takes nobody's time")
    role = models.CharField(max_length=30, default="lead")
    overbooked = models.BooleanField(default=False, help_text="Overlaps on purpose; only a person sets this")
    pinned = models.BooleanField(default=False, help_text="A person chose the technician: nothing automatic changes that")
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
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
            models.CheckConstraint(name="held_visits_expire", condition=~Q(status="held") | Q(held_until__isnull=False)),
            models.CheckConstraint(name="visit_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="visit_inside_its_blocked_time",
                condition=Q(blocked__startswith__lte=F("starts_at")) & Q(blocked__endswith__gte=F("ends_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "starts_at"], name="visit_day"),
            # What a search reads begins with what is not over yet, however many years of visits lie before it.
            models.Index(
                F("technician"),
                Func(F("blocked"), function="upper"),
                name="visit_not_over",
                condition=Q(status__in=["held", "active", "done"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking} with {self.technician}"


class BookingChange(models.Model):
    """The history of a booking: what happened, when, by whom."""

    class Kind(models.TextChoices):
        HELD = "held", "Held"
        BOOKED = "booked", "Booked"
        MOVED = "moved", "Moved"
        CORRECTED = "corrected", "Corrected"
        CANCELLED = "cancelled", "Cancelled"
        STATUS = "status", "Status changed"
        LAPSED = "lapsed", "Hold ran out"
        CONFIRMED = "confirmed", "Confirmed"

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="changes")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.CharField(max_length=80, help_text="call:…, desk:user or calendar")
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["by"], condition=Q(kind__in=["moved", "cancelled"]), name="change_by_caller")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.at):%Y-%m-%d %H:%M}"


class Offer(models.Model):
    """A slot the server named to somebody; valid for any call of the shop until it expires."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    slot_id = models.CharField(max_length=12)
    service_type = models.ForeignKey(ServiceType, on_delete=models.CASCADE)
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    urgency = models.CharField(max_length=10, choices=Urgency.choices, default=Urgency.ROUTINE)
    priority = models.BooleanField(default=False, help_text="Offered out of what is held back for urgent callers and members")
    zip_code = models.CharField(max_length=10, blank=True)
    origin = models.CharField(max_length=80, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "slot_id"], name="slot_id_once_per_shop")]
        indexes = [
            models.Index(fields=["expires_at"], name="offer_expiry"),
            models.Index(fields=["origin", "starts_at"], name="offer_to"),
        ]

    def __str__(self) -> str:
        return self.slot_id


class Search(models.Model):
    """What somebody asked for and why each technician could not come then: kept while it led to no booking."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    origin = models.CharField(max_length=80)
    at = models.DateTimeField()
    service_type = models.ForeignKey(ServiceType, on_delete=models.CASCADE)
    asked = models.JSONField(help_text="The wish: day, part of it, ZIP code, urgency, minutes")
    offered = models.JSONField(default=list, help_text="Starts of the windows that were offered instead or as asked")
    refused = models.JSONField(default=dict, help_text="By technician: stretches of windows with the one rule that refused them")

    class Meta:
        verbose_name = "search without a booking"
        verbose_name_plural = "searches without a booking"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["origin"], name="search_origin"), models.Index(fields=["at"], name="search_age")]

    def __str__(self) -> str:
        return f"{self.service_type} ({timezone.localtime(self.at):%Y-%m-%d %H:%M})"
