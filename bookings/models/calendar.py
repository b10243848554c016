"""What the core knows of technicians' calendars: written by the calendars app, read by the engine."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from bookings.models.shop import Shop
from bookings.models.team import Technician


class BusyBlock(models.Model):
    """Time of a technician taken by something that is not ours. Titles stay in the technician's calendar."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    technician = models.ForeignKey(Technician, on_delete=models.CASCADE, related_name="busy_blocks")
    calendar_id = models.CharField(max_length=255)
    event_id = models.CharField(max_length=1024)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    pass_number = models.PositiveIntegerField(default=0, editable=False, help_text="The complete reading it was last seen in")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["technician", "calendar_id", "event_id"], name="busy_once_per_event"),
            models.CheckConstraint(name="busy_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
        ]
        indexes = [models.Index(fields=["technician", "ends_at"], name="busy_technician")]

    def __str__(self) -> str:
        return f"{self.technician} busy from {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"


class CalendarFreshness(models.Model):
    """How old the picture of a technician's connected calendar is. No row: no calendar is connected.

    `read_at` is the start of the last complete reading; null: never read, so nothing is known and nothing is offered.
    `read_until` is the end of the time that reading covered.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    technician = models.OneToOneField(Technician, on_delete=models.CASCADE, related_name="freshness")
    read_at = models.DateTimeField(null=True, blank=True)
    read_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "calendar freshness"

    def __str__(self) -> str:
        return f"{self.technician}: {self.read_at or 'never read'}"


class RefreshRequest(models.Model):
    """Somebody is about to ask for times: the shop's calendars should be read soon. Written by telephony, served by calendars.

    One row a shop; what was read after `asked_at` has served it.
    """

    shop = models.OneToOneField(Shop, on_delete=models.CASCADE, primary_key=True, related_name="refresh_request")
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.shop}: {timezone.localtime(self.asked_at):%Y-%m-%d %H:%M:%S}"
