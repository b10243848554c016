"""Who works at the desk of a shop, and as what."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from bookings.models.shop import Shop


class StaffMember(models.Model):
    """A user of the back office, the shop they work for, and as what. What each role may do says `desk.roles`.

    That the technician is one of this shop is held by a foreign key over both columns, made in a migration.
    """

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        DISPATCHER = "dispatcher", "Dispatcher"
        TECHNICIAN = "technician", "Technician"

    DESK = (Role.OWNER, Role.DISPATCHER)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="staff")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.DISPATCHER)
    technician = models.ForeignKey(
        "bookings.Technician", on_delete=models.CASCADE, null=True, blank=True, related_name="accounts",
        help_text="Whose visits are theirs; also for owners and dispatchers who drive themselves",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "shop"], name="staff_once_per_shop"),
            models.CheckConstraint(
                name="staff_technicians_are_named",
                condition=~Q(role="technician") | Q(technician__isnull=False),
                violation_error_message="Say which of the technicians this is.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.shop}"
