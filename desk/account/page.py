"""One's own account: who one is here, the password, and the second step of signing in."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from desk import roles
from desk.account import twostep
from desk.account.signing_in import CodeForm, is_own_password


class PasswordForm(forms.Form):
    """Asks who is signed in for their password again."""

    password = forms.CharField(
        max_length=128, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        self.request = request

    def clean_password(self) -> str:
        typed: str = self.cleaned_data["password"]
        if not is_own_password(self.request, typed):
            raise forms.ValidationError("This is not your password.")
        return typed


@never_cache
@login_required
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    on = twostep.is_on(user)
    return render(
        request,
        "account/account.html",
        {
            "title": "Your account",
            "places": roles.places(user),
            "two_step": on,
            "codes_left": twostep.codes_left(user) if on else 0,
            "at_desk": roles.at_desk(user),
        },
    )


@sensitive_post_parameters("code")
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the key to the app, and turn the second step on with its first code."""
    user = _user(request)
    if twostep.is_on(user):
        return redirect("account")
    app = twostep.begun(user) if request.method == "POST" else twostep.begin(user, now=timezone.now())
    if app is None:
        return redirect("account-two-step")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        codes = twostep.confirm(user, form.cleaned_data["code"], now=timezone.now())
        if codes is not None:
            return _codes(request, codes)
        form.add_error("code", "This code does not fit. Is the phone's clock right? Type the one it shows now.")
    secret = twostep.secret(app)
    context = {
        "title": "Two-step sign-in",
        "form": form,
        "picture": mark_safe(twostep.picture(app)),  # noqa: S308 - an SVG of ours over a key of ours
        "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
    }
    return render(request, "account/set_up.html", context)


@sensitive_post_parameters("password")
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def recovery(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes for whoever gives the password."""
    form = PasswordForm(request)
    if twostep.is_on(_user(request)) and form.is_valid():
        return _codes(request, twostep.renew_codes(_user(request)))
    return _ask(request, form, "New recovery codes", "The old ones stop working.", "Make new codes")


@sensitive_post_parameters("password")
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def turn_off(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request)
    if twostep.is_on(_user(request)) and form.is_valid():
        twostep.turn_off(_user(request))
        messages.success(request, "Two-step sign-in is off.")
        return redirect("account")
    return _ask(request, form, "Turn two-step sign-in off", "From then on the password alone lets you in.", "Turn it off")


def _ask(request: HttpRequest, form: PasswordForm, title: str, what: str, button: str) -> HttpResponse:
    if not twostep.is_on(_user(request)):
        return redirect("account")
    return render(request, "account/password.html", {"title": title, "what": what, "button": button, "form": form})


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "account/codes.html", {"title": "Your recovery codes", "codes": codes})
