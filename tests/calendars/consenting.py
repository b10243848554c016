"""Staff in a browser, and what a person does on Google's page of consent."""

import re
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.models import User
from django.test import Client

from bookings.models import StaffMember
from tests.outside import http


def signed_in(shop, name="kim", **fields):
    user = User.objects.create_user(name, password="a long password", **{"is_staff": True, **fields})
    if shop is not None:
        StaffMember.objects.create(user=user, shop=shop)
    browser = Client()
    browser.force_login(user)
    return browser


def consent(location, *, account="sam@example.com", action="allow", without=()):
    """Answer Google's consent page as a person would; return the query the browser comes back with."""
    shown = http.get(location)
    assert shown.status_code == 200, shown.text
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown.text)
    ticked = [scope for scope in re.findall(r'name="granted" value="([^"]+)"', shown.text) if scope not in without]
    data = {name: value.replace("&amp;", "&") for name, value in fields}
    parts = urlsplit(location)
    answer = http.post(
        f"{parts.scheme}://{parts.netloc}{parts.path}", data={**data, "account": account, "action": action, "granted": ticked}
    )
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert (back.netloc, back.path) == ("localhost", "/oauth/callback")
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def page_of(technician, part=""):
    return f"/oauth/technician/{technician.public_id}" + (f"/{part}" if part else "")


def begin(browser, technician):
    answer = browser.get("/oauth/login", {"technician": str(technician.public_id)})
    assert answer.status_code == 302
    return answer.headers["location"]
