"""The words that answer a danger: edited, read through, and warned of until they are."""

import pytest
from django.core.checks import run_checks
from django.urls import reverse

from telephony.models import Danger, SafetyScript
from telephony.safety import checks, scripts

LIST = "admin:telephony_safetyscript_changelist"


def page(script):
    return reverse("admin:telephony_safetyscript_change", args=[script.pk])


@pytest.fixture
def desk(office):
    """How the shop is set up is the owner's."""
    return office


@pytest.fixture
def words(desk, shop):
    desk.get(reverse(LIST))
    return SafetyScript.objects.get(shop=shop, danger="gas")


def review(client, *rows):
    client.post(reverse(LIST), {"action": "mark_as_reviewed", "_selected_action": [row.pk for row in rows]})


def test_a_shop_has_words_for_every_danger_and_sees_the_products_beside_its_own(desk, shop, words):
    assert set(SafetyScript.objects.filter(shop=shop).values_list("danger", flat=True)) == set(Danger.values)
    text = desk.get(page(words)).content.decode()
    assert "Por favor salga del edificio ahora mismo" in text
    assert "Please leave the building now" in text


def test_a_mark_keeps_the_words_that_were_read_and_goes_with_a_change(desk, words):
    review(desk, words)
    words.refresh_from_db()
    assert (words.english, words.spanish) == scripts.DEFAULTS[Danger.GAS]
    assert words.reviewed_by
    assert words.reviewed_at is not None
    desk.post(page(words), {"english": words.english, "spanish": words.spanish})
    words.refresh_from_db()
    assert words.reviewed_at is not None
    desk.post(page(words), {"english": "Get out and call 911.", "spanish": words.spanish})
    words.refresh_from_db()
    assert (words.english, words.reviewed_by, words.reviewed_at) == ("Get out and call 911.", "", None)


def test_nobody_marks_words_of_another_shop(desk, other_shop, words):
    scripts.complete([other_shop.pk])
    theirs = SafetyScript.objects.get(shop=other_shop, danger="gas")
    review(desk, theirs)
    assert desk.post(page(theirs), {"english": "x", "spanish": "x"}).status_code in (302, 404)
    theirs.refresh_from_db()
    assert (theirs.english, theirs.reviewed_at) == ("", None)


def test_no_words_are_added_or_deleted(admin_client, words):
    assert admin_client.get(reverse("admin:telephony_safetyscript_add")).status_code == 403
    delete = reverse("admin:telephony_safetyscript_delete", args=[words.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403


def test_the_check_warns_until_all_were_read(desk, shop, words):
    def warned():
        found = [each for each in run_checks(databases=["default"]) if each.id == "telephony.W004"]
        return [each.msg for each in found if each.msg.endswith(f"of {shop.name} were read through by nobody.")]

    assert warned() == [f"6 of the 6 safety words of {shop.name} were read through by nobody."]
    review(desk, *SafetyScript.objects.filter(shop=shop).exclude(danger="gas"))
    assert warned() == [f"1 of the 6 safety words of {shop.name} were read through by nobody."]
    review(desk, words)
    assert warned() == []
    assert checks.reviewed(None) == []
