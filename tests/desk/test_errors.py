"""Pages for what goes wrong: they say what happened, what was changed, and what to do next."""

from django.test import Client, RequestFactory
from django.views.defaults import server_error

from tests.desk import shelf


def test_a_form_of_an_earlier_sign_in_says_to_load_the_page_again(shop):
    client = Client(enforce_csrf_checks=True)
    client.force_login(shelf.dispatcher(shop))
    answer = client.post("/account/sign-out/")
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.content.decode()
    assert "load that page again" in answer.content.decode()
    assert "_auth_user_id" in client.session


def test_a_failure_of_the_server_needs_nothing_to_be_shown():
    answer = server_error(RequestFactory().get("/board/"))
    assert answer.status_code == 500
    assert "Look whether it was done before you press it again" in answer.content.decode().replace("\n", " ")
