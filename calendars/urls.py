"""Addresses of this app."""

from django.urls import path

from calendars import webhook
from calendars.views import consent, invited, page

_TECHNICIAN = "oauth/technician/<uuid:public_id>"

urlpatterns = [
    path("webhook/google", webhook.google, name="calendar-webhook"),
    path("oauth/login", consent.login, name="calendar-login"),
    path("oauth/callback", consent.callback, name="calendar-callback"),
    path("oauth/service-account", consent.service_account, name="calendar-service-account"),
    path("oauth/invitation/<str:token>", invited.invitation, name="calendar-invitation"),
    path(_TECHNICIAN, page.technician, name="calendar-technician"),
    path(f"{_TECHNICIAN}/test", page.test, name="calendar-test"),
    path(f"{_TECHNICIAN}/calendars", page.calendars, name="calendar-choose"),
    path(f"{_TECHNICIAN}/disconnect", page.disconnect, name="calendar-disconnect"),
    path(f"{_TECHNICIAN}/invite", page.invite, name="calendar-invite"),
    path(f"{_TECHNICIAN}/withdraw", page.withdraw, name="calendar-withdraw"),
]
