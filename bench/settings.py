"""The product's settings with two more addresses, to measure against and with."""

from hvacsched.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
