"""A real Chromium for tests: fixtures `browser`, `opens`, `page` and `sign_in`. What `page` has in its console fails the test.

`page.goto` and `page.reload` wait for a page's scripts. Who comes to another page by a click or a key, and presses keys there,
waits for them with `arrived`.

With HVACSCHED_PICTURES=FOLDER pictures are kept of what is seen; docs/calendar-*.png were made so.
"""

import os
import shutil
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-extensions", "--disable-background-networking"]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1024, "height": 768}


class Chromium:
    """One that stays open over the tests that follow upon each other and use it."""

    def __init__(self):
        self._opened, self._ending = None, ExitStack()

    def open(self):
        if self._opened is None:
            # Playwright keeps an event loop in this thread; to Django every query then looks like one made from async code.
            before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
            self._ending.callback(self._restore, before)
            playwright = self._ending.enter_context(sync_playwright())
            self._opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            self._ending.callback(self._opened.close)
        return self._opened

    def close(self):
        self._opened = None
        self._ending.close()

    def _restore(self, before):
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


_chromium = Chromium()


@pytest.fixture
def browser():
    if not os.access(CHROMIUM, os.X_OK):
        missing = f"no Chromium at {CHROMIUM}: apt-get install --no-install-recommends chromium"
        if os.environ.get("HVACSCHED_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return _chromium.open()


def close_unless_used_by(nextitem):
    if nextitem is None or nextitem.get_closest_marker("browser") is None:
        _chromium.close()


@pytest.fixture
def opens(browser, live_server):
    """`opens(**how)` is a page of another fresh profile, at the desktop's size unless it is said how, on the live server."""
    made = []

    def another(**how):
        made.append(browser.new_context(**{"viewport": DESKTOP, "base_url": live_server.url, **how}))
        return made[-1].new_page()

    yield another
    for context in made:
        # Away from the page first: its poll must not meet a server or tables that are being taken down.
        for each in context.pages:
            each.goto("about:blank")
        context.close()


@pytest.fixture
def page(opens, request):
    """A page of a fresh profile on the live server, whose console is to be empty; a parameter changes how the profile is."""
    opened = opens(**getattr(request, "param", {}))
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    opened.goto("about:blank")
    assert complaints == []


@pytest.fixture
def sign_in(page, live_server):
    """`sign_in(user)` makes the browser theirs, or that of another page, from the next page on. The form has tests of its own."""

    def become(user, *, of=page):
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        of.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return become


def arrived(page, what):
    """Wait until the page that has this is there, and its scripts hear keys."""
    page.wait_for_selector(what)
    page.wait_for_load_state("load")


def keep_picture(page, name):
    """Keep a picture of the whole page, if somebody asked for pictures."""
    if where := os.environ.get("HVACSCHED_PICTURES"):
        page.screenshot(path=f"{where}/{name}.png", full_page=True)
