"""Who calls, where the work is, and what stands there."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Right
from django.utils import timezone

from bookings.models.service import Equipment
from bookings.models.shop import Shop


def _digits() -> Func:
    return Func(F("phone"), Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace", output_field=models.TextField())


class Customer(models.Model):
    """A person at a number; a number may serve several people.

    One that is `merged_into` another stays as the name and number by which that one is found: nothing else is theirs.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    name_key = models.CharField(max_length=100, editable=False, help_text="The name folded for comparison")
    phone = models.CharField(max_length=20, help_text="E.164 where the number can be read so")
    member = models.BooleanField(default=False, help_text="Has a maintenance plan: sees times held back for urgent callers")
    do_not_service = models.CharField(
        max_length=200, blank=True, help_text="Why nothing is booked for them on the phone; empty: they are served"
    )
    tags = ArrayField(models.CharField(max_length=30), default=list, blank=True, help_text="The office's own words for them")
    merged_into = models.ForeignKey(
        "self", on_delete=models.RESTRICT, null=True, blank=True, related_name="merged", help_text="Who this turned out to be"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "phone", "name_key"], name="customer_once_per_number"),
            models.CheckConstraint(name="customer_not_merged_into_itself", condition=~Q(merged_into=F("id"))),
        ]
        indexes = [
            # Numbers that differ in how they are written only (bookings.services.duplicates).
            models.Index(F("shop"), Right(_digits(), 10), name="customer_digits"),
        ]

    def __str__(self) -> str:
        return self.name


class Property(models.Model):
    """A service address of a customer."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="properties")
    address = models.CharField(max_length=300)
    address_key = models.CharField(max_length=300, editable=False, help_text="The address folded for comparison")
    zip_code = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name_plural = "properties"
        constraints = [models.UniqueConstraint(fields=["customer", "address_key"], name="address_once_per_customer")]
        indexes = [models.Index(fields=["shop", "address_key"], name="property_address")]

    def __str__(self) -> str:
        return self.address


class Unit(models.Model):
    """A furnace, boiler or air conditioner that stands at a property. One that was taken out stays, off the lists."""

    class Fuel(models.TextChoices):
        GAS = "gas", "Natural gas"
        PROPANE = "propane", "Propane"
        OIL = "oil", "Oil"
        ELECTRIC = "electric", "Electric"
        OTHER = "other", "Other"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="units")
    kind = models.CharField(max_length=20, choices=Equipment.choices)
    brand = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=60, blank=True)
    installed_year = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2200)]
    )
    fuel = models.CharField(max_length=10, choices=Fuel.choices, blank=True)
    warranty_until = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When it was taken off the list")

    class Meta:
        verbose_name = "piece of equipment"
        verbose_name_plural = "equipment"
        ordering = ["pk"]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.get_kind_display(), self.brand, self.model]))


class CustomerNote(models.Model):
    """What somebody at the office wrote down about a customer. Struck out, never deleted."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField()
    by = models.CharField(max_length=80, help_text="desk:user")
    text = models.TextField(max_length=2000)
    struck_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"Note of {timezone.localtime(self.at):%Y-%m-%d}"


class CustomerChange(models.Model):
    """The history of a customer: what the office changed, when, by whom."""

    class Kind(models.TextChoices):
        MEMBER = "member", "Maintenance plan"
        DO_NOT_SERVICE = "dns", "Do not service"
        TAGS = "tags", "Tags"
        EQUIPMENT = "equipment", "Equipment"
        MERGED = "merged", "Merged"
        UNMERGED = "unmerged", "Merge undone"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.CharField(max_length=80, help_text="desk:user")
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.at):%Y-%m-%d %H:%M}"


class CustomerMerge(models.Model):
    """Two customers that turned out to be one, and all that went from one to the other, so that it can go back."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges")
    gone = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges_away")
    at = models.DateTimeField()
    by = models.CharField(max_length=80, help_text="desk:user")
    moved = models.JSONField(help_text="Ids of what moved, by kind, and what the kept one was like before")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="merged_away_once")]

    def __str__(self) -> str:
        return f"{self.gone} into {self.kept}"
