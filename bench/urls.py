"""The product's addresses and the views to measure with: one does nothing, one searches two weeks."""

from django.urls import include, path

from bench import two_weeks
from bench.noop import noop

urlpatterns = [path("bench/noop", noop), path("bench/two-weeks", two_weeks.view), path("", include("hvacsched.urls"))]
