"""What every page of the back office shares: staff see the rows of their own shops only, through lists, forms and searches."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse

from bookings.models import Shop
from desk import roles, shops, words

__all__ = [
    "ByRole",
    "LookOnlyAdmin",
    "LookOnlyInline",
    "ModelAdmin",
    "NamedFormSet",
    "OwnShopAdmin",
    "OwnShopChoices",
    "OwnShopInline",
    "SuperusersOnly",
    "TabularInline",
    "action",
    "display",
]

ANOTHER_SHOP = "This belongs to another shop."

if TYPE_CHECKING:
    # Unfold is untyped; to the type checker its classes are those of Django that they extend.
    class ModelAdmin(admin.ModelAdmin[Any]):
        pass

    class TabularInline(admin.TabularInline[Any, Any]):
        pass

    Method = TypeVar("Method", bound=Callable[..., Any])

    def action(*, description: str, permissions: Sequence[str]) -> Callable[[Method], Method]: ...
    def display(
        *, description: str, ordering: str = "", label: Mapping[Any, str] = ..., boolean: bool = ...
    ) -> Callable[[Method], Method]: ...

    class InlineFormSet(forms.BaseInlineFormSet[Any, Any, Any]):
        pass
else:
    from unfold.admin import ModelAdmin, TabularInline
    from unfold.decorators import action, display
    from unfold.forms import PaginationInlineFormSet as InlineFormSet


def _has_shop(model: type[models.Model]) -> bool:
    try:
        model._meta.get_field("shop")
    except FieldDoesNotExist:
        return False
    return True


def in_shops(rows: models.QuerySet[Any], among: list[Shop]) -> models.QuerySet[Any]:
    """Return the rows that belong to one of the shops; rows that belong to no shop at all stay."""
    if rows.model is Shop:
        return rows.filter(pk__in=[shop.pk for shop in among])
    return rows.filter(shop__in=among) if _has_shop(rows.model) else rows


def _of_another(value: Any, shop_id: int | None) -> bool:
    """Say whether a form's value is a row of another shop, or has one among its rows."""
    rows = list(value) if isinstance(value, models.QuerySet) else [value]
    return any(isinstance(row, models.Model) and _has_shop(type(row)) and row.shop_id != shop_id for row in rows)  # type: ignore[attr-defined]


class NamedFormSet(InlineFormSet):
    """Rows of a table: the heading of each column names its fields, also to who does not see it."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            field.widget.attrs.setdefault("aria-label", str(field.label or name.capitalize()))


class OwnShopForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses to tie rows of two shops together."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        shop_id = cleaned["shop"].pk if cleaned.get("shop") else getattr(self.instance, "shop_id", None)
        for name, value in list(cleaned.items()):
            if _of_another(value, shop_id):
                self.add_error(name, ANOTHER_SHOP)
        return cleaned


class OwnShopFormSet(NamedFormSet):
    """The same for rows beneath a parent, whose shop is known only once the parent's form was read."""

    def clean(self) -> None:
        super().clean()
        shop_id = getattr(self.instance, "shop_id", None)
        for form in self.forms:
            for name, value in list(getattr(form, "cleaned_data", {}).items()):
                if name != self.fk.name and _of_another(value, shop_id):
                    form.add_error(name, ANOTHER_SHOP)


class OwnShopChoices(RelatedFieldListFilter):
    """A filter by a related row that lists those of the user's shops only."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = in_shops(field.remote_field.model._default_manager.all(), shops.of(request))
        return [(row.pk, str(row)) for row in rows]


class ByRole:
    """What a user may do with a model's rows, in the shop of the row or of its parent, as their role there has it."""

    opts: Any

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "delete", obj)

    def _may(self, request: HttpRequest, action: str, obj: Any) -> bool:
        return roles.may(request.user, self._named(action), shop_id=roles.shop_of(obj))

    def _named(self, action: str) -> str:
        return f"{self.opts.app_label}.{action}_{self.opts.model_name}"

    def _shops(self, request: HttpRequest, action: str) -> list[Shop]:
        """Return the shops in which the user may do something with this model's rows."""
        return roles.shops_for(request.user, self._named(action))


class OwnShopInline(ByRole, TabularInline):
    """Rows of one parent, in the parent's shop."""

    formset = OwnShopFormSet
    extra = 0
    exclude = ("shop",)
    of_shop: int | None = None

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.of_shop = getattr(obj, "shop_id", None)
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        among = [shop for shop in self._shops(request, "change") if self.of_shop in (None, shop.pk)]
        kwargs.setdefault("queryset", in_shops(db_field.remote_field.model._default_manager.all(), among))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class LookOnlyInline(ByRole, TabularInline):
    """Rows that nobody edits by hand."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OwnShopAdmin(ByRole, ModelAdmin):
    """A list and a form over the rows of the user's shops.

    `heading` is the list's title where the model's own name is not a dispatcher's word; `when_empty` is what an empty list
    says: what would stand here, and what to do next. `phone_search` looks for the digits of what is written like a number.
    """

    form: Any = OwnShopForm
    change_list_template = "desk/change_list.html"
    heading = ""
    when_empty = ""
    phone_search = True
    list_fullwidth = True
    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return in_shops(super().get_queryset(request), self._shops(request, "view"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self._choices(db_field, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self._choices(db_field, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _choices(self, db_field: Any, request: HttpRequest) -> models.QuerySet[Any]:
        return in_shops(db_field.remote_field.model._default_manager.all(), self._shops(request, "change"))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        if among := self._shops(request, "add"):
            initial.setdefault("shop", among[0].pk)
        return initial

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # A row never moves to another shop: its neighbours would stay behind.
        fixed = ["shop"] if obj is not None and _has_shop(self.model) else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """Django would lead on to the index and say what is not there; another shop's row is not found."""
        raise Http404("no such row")

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            if hasattr(row, "shop_id") and row.shop_id is None:
                row.shop_id = form.instance.shop_id
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        formset.save_m2m()

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, words.searchable(search_term) if self.phone_search else search_term)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        heading = {"title": self.heading} if self.heading else {}
        return super().changelist_view(request, {**heading, **(extra_context or {})})


class LookOnlyAdmin(OwnShopAdmin):
    """Rows that only the product's own services write: to be read, searched and acted upon, never edited."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def may_act(self, request: HttpRequest) -> bool:
        """Say whether the user may do what this model's actions do: those who might change its rows, could they be edited."""
        return roles.may(request.user, self._named("change"))


class SuperusersOnly:
    """Pages beyond any shop: for who runs the server."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return roles.is_superuser(request.user)

    has_view_permission = has_add_permission = has_change_permission = has_delete_permission = lambda self, request, obj=None: (
        roles.is_superuser(request.user)
    )
