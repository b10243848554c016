"""Addresses of one's own account. The sign-in page itself is the back office's: /admin/login/."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from desk.account import page, passwords, signing_in

urlpatterns = [
    path("", page.account, name="account"),
    path("password/", passwords.Change.as_view(), name="account-password"),
    path("two-step/", page.set_up, name="account-two-step"),
    path("two-step/recovery/", page.recovery, name="account-recovery"),
    path("two-step/off/", page.turn_off, name="account-two-step-off"),
    path("sign-out/", LogoutView.as_view(next_page="admin:login"), name="account-sign-out"),
    path("code/", signing_in.code, name="account-code"),
    path("forgot/", passwords.forgot, name="account-forgot"),
    path("forgot/sent/", passwords.forgot_sent, name="account-forgot-sent"),
    path("choose/<uidb64>/<token>/", passwords.Choose.as_view(), name="account-choose"),
]
