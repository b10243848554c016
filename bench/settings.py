"""The product's settings with one more address: a view that does nothing, to measure against."""

from hvacsched.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
