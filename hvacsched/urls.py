"""Every address of the product. Webhook paths are exact: no trailing slash, no redirect."""

from django.contrib import admin
from django.urls import include, path

from hvacsched import health

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("admin/", admin.site.urls),
    path("", include("telephony.urls")),
    path("", include("calendars.urls")),
    path("", include("desk.urls")),
]
