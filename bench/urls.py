"""The product's addresses and the no-op view's."""

from django.urls import include, path

from bench.noop import noop

urlpatterns = [path("bench/noop", noop), path("", include("hvacsched.urls"))]
