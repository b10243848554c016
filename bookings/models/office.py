"""What waits for a person, and what waits to be sent."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookings.models.booking import Booking, Visit
from bookings.models.customer import Customer
from bookings.models.service import ServiceType
from bookings.models.shop import Shop
from bookings.models.team import Technician


class Lead(models.Model):
    """A caller who was not served, with the reason and the number to call back."""

    class Reason(models.TextChoices):
        VOICEMAIL = "voicemail", "Left a voicemail"
        NOT_ANSWERED = "not_answered", "Nobody answered"
        NO_TIME = "no_time", "No time that suited"
        EMERGENCY = "emergency", "Emergency"
        OUTSIDE_AREA = "outside_area", "Outside the service area"
        OFFICE_WILL_CALL = "office_will_call", "Promised a call back"
        MESSAGE = "message", "Left a message"
        WANTED_PERSON = "wanted_person", "Asked for a person"
        ABANDONED = "abandoned", "Hung up"

    class Status(models.TextChoices):
        OPEN = "open", "To call back"
        DONE = "done", "Done"
        SPAM = "spam", "No customer"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    origin = models.CharField(max_length=80, help_text="One lead per origin")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    status = models.CharField(max_length=5, choices=Status.choices, default=Status.OPEN)
    phone = models.CharField(max_length=20, blank=True, help_text="Empty: the caller withheld it")
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, blank=True)
    wanted = models.TextField(blank=True, help_text="What they wanted, in words")
    urgent = models.BooleanField(default=False, help_text="Called back before the others")
    service_type = models.ForeignKey(ServiceType, on_delete=models.SET_NULL, null=True, blank=True)
    recording_url = models.URLField(max_length=500, blank=True)
    recording_seconds = models.PositiveIntegerField(null=True, blank=True)
    recording_try_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Not before this is its deletion tried again"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "origin"], name="lead_once_per_origin")]
        indexes = [models.Index(fields=["shop", "status", "created_at"], name="lead_open")]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({timezone.localtime(self.created_at):%Y-%m-%d %H:%M})"


class Concern(models.Model):
    """Something a person must look at. `key` makes each one unique while it is open."""

    class Kind(models.TextChoices):
        ADDRESS = "address", "No address to drive to"
        CALENDAR_BROKEN = "calendar_broken", "Calendar disconnected"
        CALENDAR_STALE = "calendar_stale", "Calendar not read"
        CALENDAR_REFUSED = "calendar_refused", "Google refused an event"
        EVENT_DELETED = "event_deleted", "Visit deleted in Google"
        EVENT_MOVED = "event_moved", "Visit moved in Google"
        EVENT_CHANGED = "event_changed", "Visit changed in Google"
        BUSY_OVER_VISIT = "busy_over_visit", "Busy time over a visit"
        TO_CONFIRM = "to_confirm", "To be confirmed"
        MESSAGE_FAILED = "message_failed", "Text not delivered"
        EMERGENCY = "emergency", "Emergency call"
        DRIVE = "drive", "Cannot be reached in time"
        TAKEN_BACK = "taken_back", "Perhaps taken back"
        UNACKNOWLEDGED = "unacknowledged", "Nobody took an emergency"
        NOT_BOOKED = "not_booked", "Promised, not booked"
        OTHER_TIME = "other_time", "Told another time"
        NOT_TOLD = "not_told", "Booked, never told"
        FEE_NOT_TOLD = "fee_not_told", "Fee not told"
        LINE_BROKEN = "line_broken", "The line is broken"

    # What somebody did in Google Calendar that does not go with what was promised, and what was promised without seeing it.
    CALENDAR: ClassVar = (Kind.EVENT_MOVED, Kind.EVENT_CHANGED, Kind.EVENT_DELETED, Kind.BUSY_OVER_VISIT, Kind.TO_CONFIRM)

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    key = models.CharField(max_length=160, help_text="What it is about, e.g. visit:12")
    status = models.CharField(max_length=4, choices=Status.choices, default=Status.OPEN)
    text = models.TextField(help_text="What happened and what to do, in a sentence or two")
    said = models.TextField(blank=True, help_text="What was said, in its own words")
    stands = models.TextField(blank=True, help_text="What stands in the database instead")
    proposed_starts_at = models.DateTimeField(null=True, blank=True, help_text="Where somebody put the visit")
    proposed_ends_at = models.DateTimeField(null=True, blank=True)
    proposed_technician = models.ForeignKey(
        Technician,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whom somebody gave the visit to",
    )
    waiting_since = models.DateTimeField(null=True, blank=True, help_text="Somebody is on it, and waits for an answer")
    note = models.CharField(max_length=300, blank=True, help_text="What they wait for, in their words")
    origin = models.CharField(max_length=80, blank=True, help_text="The call it came from: call:…")
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="concerns")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, null=True, blank=True)
    technician = models.ForeignKey(Technician, on_delete=models.CASCADE, null=True, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "kind", "key"], condition=Q(status="open"), name="concern_once_while_open")
        ]
        indexes = [
            models.Index(fields=["shop", "status", "created_at"], name="concern_open"),
            models.Index(fields=["origin"], condition=~Q(origin=""), name="concern_of_call"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({timezone.localtime(self.created_at):%Y-%m-%d %H:%M})"


class OutgoingMessage(models.Model):
    """A text to be sent once. `reason` is unique: whoever asks for the same text again asks for nothing."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        UNKNOWN = "unknown", "Perhaps sent"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    reason = models.CharField(max_length=120)
    to = models.CharField(max_length=20)
    body = models.TextField()
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="messages")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    sid = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "reason"], name="message_once_per_reason")]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status__in=["queued", "sending", "unknown"]), name="message_due")
        ]

    def __str__(self) -> str:
        return self.reason
