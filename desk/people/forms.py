"""What may be typed in on a customer's page."""

from typing import Any

from django import forms
from django.utils import timezone

from bookings.models import Customer, Property, Unit


class UnitForm(forms.ModelForm):  # type: ignore[type-arg]
    """A piece of equipment at one of the customer's addresses."""

    class Meta:
        model = Unit
        fields = ("property", "kind", "brand", "model", "installed_year", "fuel", "warranty_until", "note")
        widgets = {
            "warranty_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "installed_year": forms.NumberInput(attrs={"inputmode": "numeric", "min": 1900}),
        }
        labels = {
            "property": "Where it stands", "installed_year": "Year installed", "warranty_until": "Warranty until",
        }  # fmt: skip

    def __init__(self, *arguments: Any, customer: Customer, **more: Any) -> None:
        super().__init__(*arguments, **more)
        where = self.fields["property"]
        assert isinstance(where, forms.ModelChoiceField)
        where.queryset = Property.objects.filter(customer=customer).order_by("pk")
        where.empty_label = None

    def clean_installed_year(self) -> int | None:
        year: int | None = self.cleaned_data["installed_year"]
        if year is not None and year > timezone.localdate().year + 1:
            raise forms.ValidationError("That year is still to come.")
        return year
