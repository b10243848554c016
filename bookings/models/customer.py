"""Who calls, and where the work is."""

from django.db import models

from bookings.models.shop import Shop


class Customer(models.Model):
    """A person at a number; a number may serve several people."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    name_key = models.CharField(max_length=100, editable=False, help_text="The name folded for comparison")
    phone = models.CharField(max_length=20, help_text="E.164 where the number can be read so")
    member = models.BooleanField(default=False, help_text="Has a maintenance plan: sees times held back for urgent callers")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "phone", "name_key"], name="customer_once_per_number")]

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

    def __str__(self) -> str:
        return self.address
