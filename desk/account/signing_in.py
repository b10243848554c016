"""Signing in: name and password, then a code where the account asks for one; and signing out.

Between the two steps nobody is signed in: the session only remembers who gave the right password, for a few minutes.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from desk import roles
from desk.account import lockout, twostep
from desk.account.twostep import Verdict

_HALF = "half_signed_in"
HALF_SECONDS = 600


class SignInForm(AuthenticationForm):
    """Whoever may not sign in here hears the same as with a wrong password."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "This name and password do not go together. Check both: capitals count.",
    }

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if not user.is_staff:
            raise self.get_invalid_login_error()


def is_own_password(request: HttpRequest, typed: str) -> bool:
    """Say whether whoever is signed in typed their password. Through the same door: wrong ones are counted, and lock."""
    user = auth.authenticate(request, username=request.user.get_username(), password=typed)
    return user is not None and user.pk == request.user.pk


class SignIn(LoginView):
    """The only place where a password is asked for to get in."""

    template_name = "account/sign_in.html"
    authentication_form = SignInForm
    extra_context = {"title": "Sign in", "mails": settings.SENDS_MAIL}

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method == "GET" and (roles.at_desk(request.user) or roles.places(request.user)):
            return HttpResponseRedirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if not twostep.is_on(user):
            return super().form_valid(form)
        self.request.session[_HALF] = {
            "user": user.pk,
            "backend": user.backend,
            "hash": user.get_session_auth_hash(),
            "next": self.get_success_url(),
            "until": timezone.now().timestamp() + HALF_SECONDS,
        }
        return redirect("account-code")


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "off", "spellcheck": "false"}
        ),
    )


@sensitive_post_parameters("code")
@never_cache
@csrf_protect
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step."""
    half: Any = request.session.get(_HALF)
    user = _half_signed_in(half)
    if user is None:
        request.session.pop(_HALF, None)
        return redirect(settings.LOGIN_URL)
    if not lockout.may_try(request, user.get_username()):
        return lockout.locked_out(request, credentials={"username": user.get_username()})
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        match twostep.check(user, form.cleaned_data["code"], now=timezone.now()):
            case Verdict.RIGHT:
                auth.login(request, user, backend=half["backend"])
                request.session.pop(_HALF, None)
                return HttpResponseRedirect(half["next"])
            case Verdict.WRONG:
                lockout.failed(request, user.get_username())
                form.add_error("code", "This code is wrong, or was used before. Wait for the next one.")
            case Verdict.WAIT:
                form.add_error("code", "Not so fast after a wrong code: wait a moment, then type the next one.")
    return render(request, "account/code.html", {"title": "The second step", "form": form})


def _half_signed_in(half: Any) -> User | None:
    """Return who gave the right password a moment ago, if it is still the right one."""
    if not isinstance(half, dict) or timezone.now().timestamp() > half["until"]:
        return None
    user = User.objects.filter(pk=half["user"], is_active=True, is_staff=True).first()
    return user if user is not None and constant_time_compare(user.get_session_auth_hash(), half["hash"]) else None


def home(request: HttpRequest) -> HttpResponse:
    """Lead whoever comes to the page of their work."""
    user = request.user
    if not roles.at_desk(user) and any(place.technician_id for place in roles.places(user)):
        return redirect("mine")
    return redirect("board")
