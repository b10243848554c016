"""Addresses of this app."""

from django.urls import path

from calendars import views

urlpatterns = [
    path("oauth/login", views.login, name="calendar-login"),
    path("oauth/callback", views.callback, name="calendar-callback"),
    path("oauth/service-account", views.service_account, name="calendar-service-account"),
    path("oauth/disconnect", views.disconnect, name="calendar-disconnect"),
]
