"""What a browser is told to refuse, page by page."""

import subprocess
import sys

import pytest
from django.test import Client

from desk.headers import PERMISSIONS
from tests.desk import shelf

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def policy(answer):
    said = answer.headers["Content-Security-Policy"]
    return dict(each.partition(" ")[::2] for each in said.split("; "))


@pytest.fixture
def pages(shop):
    desk, tex = Client(), Client()
    desk.force_login(shelf.owner(shop))
    tex.force_login(shelf.technician(shop))
    office = [desk.get(url) for url in ("/board/", "/admin/", "/admin/bookings/visit/", "/admin/nowhere/", "/nowhere")]
    plain = [Client().get("/admin/login/"), desk.get("/account/"), Client().get("/account/forgot/"), tex.get("/mine/")]
    return office, plain, [desk.get("/oauth/login"), Client().get("/oauth/invitation/x")]


def test_every_page_has_every_header(pages):
    for answer in (each for group in pages for each in group):
        for header, value in EVERYWHERE.items():
            assert answer.headers[header] == value, (answer.request["PATH_INFO"], header)
        assert answer.headers["Permissions-Policy"] == PERMISSIONS
        found = policy(answer)
        assert found["default-src"] == found["frame-ancestors"] == found["base-uri"] == "'none'"
        assert "'unsafe-inline'" not in found["script-src"]
        assert "object-src" not in found  # as default-src


def test_only_the_theme_s_pages_loosen_anything(pages):
    office, plain, consent = pages
    assert {policy(each)["script-src"] for each in office} == {"'self' 'unsafe-eval'"}
    for answer in (*plain, *consent):
        assert (policy(answer)["script-src"], policy(answer)["style-src"]) == ("'self'", "'self'")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert {policy(each)["form-action"] for each in (*office, *plain)} == {"'self'"}
    assert {policy(each)["form-action"] for each in consent} == {"'self' http://127.0.0.1:8010"}


def test_production_says_so_for_a_year_and_stays_on_https():
    """Read in a process of its own: the settings are production's there."""
    look = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "answer = Client().get('/healthz', headers={'Host': 'desk.example.com', 'X-Forwarded-Proto': 'https'})\n"
        "print(answer.headers['Strict-Transport-Security'])\n"
        "print(Client().get('/board/', headers={'Host': 'desk.example.com'})['Location'])\n"
    )
    production = [sys.executable, "-m", "tests.production_environment"]
    command = [*production, "env", "DJANGO_SETTINGS_MODULE=hvacsched.settings", sys.executable, "-c", look]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    assert said[0] == "max-age=31536000; includeSubDomains; preload"
    assert said[1] == "https://desk.example.com/board/"


def test_no_template_of_ours_has_a_script_or_a_handler_in_it():
    import re
    from pathlib import Path

    found = []
    for path in Path("templates").rglob("*.html"):
        text = path.read_text()
        found += [(path.name, each) for each in re.findall(r"<script(?![^>]*\ssrc=)[^>]*>|\son[a-z]+=\"|javascript:", text)]
    assert [each for each in found if "application/json" not in each[1]] == []
