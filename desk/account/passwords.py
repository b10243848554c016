"""Passwords: asking for a mail to choose a new one, choosing it, and changing it while signed in.

The page that takes the address says the same whatever it is, and does the same: looking up and mailing is a worker's.
"""

from typing import Any

from axes.utils import reset
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from desk import tasks
from desk.account import mails
from desk.account.signing_in import is_own_password
from wire.later import later


class ForgotForm(forms.Form):
    email = forms.EmailField(max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}))


@never_cache
@csrf_protect
@require_http_methods(["GET", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    form = ForgotForm(request.POST if request.method == "POST" else None)
    if settings.SENDS_MAIL and request.method == "POST" and form.is_valid():
        ask(form.cleaned_data["email"])
        return redirect("account-forgot-sent")
    return render(request, "account/forgot.html", {"title": "Choose a new password", "form": form, "mails": settings.SENDS_MAIL})


@never_cache
def forgot_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "account/forgot_sent.html", {"title": "Look into your mail", "hours": mails.hours()})


def ask(email: str) -> None:
    """Have whoever has this address written to. Takes as long whether or not there is somebody."""
    found = list(User.objects.filter(email__iexact=email, is_active=True, is_staff=True).values_list("pk", flat=True)[:3])

    def hand_over() -> None:
        for pk in found:
            tasks.mail_password.apply_async((pk,), retry=False, expires=3600)

    later.soon(("password", email), hand_over)


class Choose(PasswordResetConfirmView):
    """Behind the link of a mail."""

    template_name = "account/choose.html"
    title = "Choose your password"
    success_url = reverse_lazy("admin:login")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        reset(username=form.user.get_username())  # whoever has the mailbox need not wait for wrong guesses before
        messages.success(self.request, "Your password is changed. Sign in with it.")
        return answer


class ChangeForm(PasswordChangeForm):
    def __init__(self, *arguments: Any, request: HttpRequest, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.request = request

    def clean_old_password(self) -> str:
        typed: str = self.cleaned_data["old_password"]
        if not is_own_password(self.request, typed):
            raise forms.ValidationError("This is not your password.")
        return typed


class Change(PasswordChangeView):
    template_name = "account/change.html"
    title = "Change your password"
    success_url = reverse_lazy("account")
    form_class = ChangeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Your password is changed. Everywhere else you are signed out.")
        return super().form_valid(form)
