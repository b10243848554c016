"""The set-up's forms: what they take, and what they say of what they do not take."""

from datetime import time
from decimal import Decimal

import pytest

from bookings import models
from tests.desk.test_admin_scope import page


def values(answer):
    """Return what the form of a page would send back unchanged."""
    form = answer.context["adminform"].form
    sent = {}
    for bound in form:
        value = bound.value()
        if value is not None and value is not False:
            sent[bound.html_name] = value if not hasattr(value, "isoformat") else value.isoformat()
    for inline in answer.context["inline_admin_formsets"]:
        for each in [inline.formset.management_form, *inline.formset.forms]:
            for bound in each:
                value = bound.value()
                if value is not None and value is not False:
                    sent[bound.html_name] = value if not hasattr(value, "isoformat") else value.isoformat()
    return sent


def change(client, row, **fields):
    url = page(type(row), "change", row.pk)
    return client.post(url, {**values(client.get(url)), **fields})


def errors(answer):
    form = answer.context["adminform"].form
    return {name: list(each) for name, each in form.errors.items()}


def refused(client, row, name, **fields):
    """Return what the form says of one field; nothing is saved."""
    before = type(row).objects.filter(pk=row.pk).values().get()
    answer = change(client, row, **fields)
    assert answer.status_code == 200
    assert type(row).objects.filter(pk=row.pk).values().get() == before
    said = errors(answer)
    assert list(said) == [name]
    return " ".join(said[name])


@pytest.fixture
def desk(office):
    """How the shop is set up is the owner's."""
    return office


@pytest.fixture
def placed(shop):
    models.Shop.objects.filter(pk=shop.pk).update(zip_code="10001", region="NY", holidays_closed="Thanksgiving Day")
    shop.refresh_from_db()
    return shop


def test_a_shop_is_saved_as_it_is(desk, placed):
    before = models.Shop.objects.filter(pk=placed.pk).values().get()
    assert change(desk, placed).status_code == 302
    after = models.Shop.objects.filter(pk=placed.pk).values().get()
    assert {name: value for name, value in after.items() if name != "config_version"} == {
        name: value for name, value in before.items() if name != "config_version"
    }


def test_a_shop_s_rules_are_changed(desk, placed):
    fields = {"same_day_cutoff": "14:00", "hold_minutes": 3, "drive_mph": 30, "weigh_usual": 0, "keep_days": 30}
    assert change(desk, placed, **fields).status_code == 302
    placed.refresh_from_db()
    assert (placed.same_day_cutoff, placed.hold_minutes, placed.drive_mph, placed.weigh_usual, placed.keep_days) == (
        time(14), 3, 30, 0, 30,
    )  # fmt: skip


def test_what_the_assistant_says_is_changed(desk, placed):
    fields = {
        "languages": "en", "greeting": "Hello, this is {shop}.", "ai_disclosure": "I'm a machine.",
        "house_rules": "No oil tanks.", "recording_disclosure": "We record.", "assistant_voice": "Paige",
        "intent_words": "book", "retraction_words": "",
        "intent_confidence": 70, "transcript_days": 10, "recording_days": 5,
    }  # fmt: skip
    assert change(desk, placed, **fields).status_code == 302
    assert models.Shop.objects.filter(pk=placed.pk).values(*fields).get() == fields
    url = page(models.Shop, "change", placed.pk)
    sent = values(desk.get(url))
    del sent["record_calls"]
    assert desk.post(url, sent).status_code == 302
    placed.refresh_from_db()
    assert placed.record_calls is False


@pytest.mark.parametrize("greeting", ["Hello from {name}.", "Hello {", "{shop}{}", "{shop.phone}"])
def test_a_greeting_takes_the_shop_s_name_only(desk, placed, greeting):
    assert refused(desk, placed, "greeting", greeting=greeting).startswith("Only {shop} may stand in braces")


def test_a_zip_that_is_none_is_said(desk, placed):
    assert refused(desk, placed, "zip_code", zip_code="00000").startswith("00000 is no ZIP code we can find on the map")


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("New York", "New York is not a time zone such as America/New_York. Do you mean America/New_York?"),
        ("Nowhere/Nothing_at_all", "Nowhere/Nothing_at_all is not a time zone such as America/New_York."),
    ],
)
def test_a_time_zone_that_is_none_is_said(desk, placed, zone, said):
    assert refused(desk, placed, "timezone", timezone=zone) == said


def test_a_region_or_country_without_holidays_of_its_own_is_said(desk, placed):
    assert "XX is no region of US" in refused(desk, placed, "region", region="xx")
    assert refused(desk, placed, "country", country="zz") == "ZZ is no country code such as US or CA."


def test_a_holiday_that_is_none_is_named(desk, placed):
    said = refused(desk, placed, "holidays_closed", holidays_closed="Thanksgiving Day\nThanksgivin\nPie Day")
    assert said.startswith("No public holiday of NY, US is called so in 2026: Thanksgivin and Pie Day.")


def test_a_shop_without_holidays_needs_no_region(desk, placed):
    assert change(desk, placed, holidays_closed="", region="").status_code == 302


def test_an_area_takes_zip_codes_and_beginnings(desk, shop):
    answer = desk.post(
        page(models.ServiceArea, "add"),
        {"name": "North", "zip_codes": "10001, 104*\n11*", "weekdays": ["1", "3"], "trip_fee": "25", "shop": shop.pk},
    )
    assert answer.status_code == 302
    area = models.ServiceArea.objects.get()
    assert (area.shop, area.weekdays, area.trip_fee) == (shop, [1, 3], Decimal(25))
    listed = desk.get(page(models.ServiceArea, "changelist")).content.decode()
    assert "10001, 104*, 11*" in listed
    assert "Tuesday and Thursday" in listed
    assert change(desk, area).status_code == 302
    area.refresh_from_db()
    assert area.weekdays == [1, 3]


def test_an_area_says_which_codes_are_wrong(desk, shop):
    area = models.ServiceArea.objects.create(shop=shop, name="North", zip_codes="10001")
    said = refused(desk, area, "zip_codes", zip_codes="10001 1000 1*4, Bronx 104* *")
    assert said.startswith("1000, 1*4, Bronx and *: write ZIP codes as five digits (10001)")


def test_days_are_seven_checkboxes_and_one_is_needed(desk, shop):
    text = desk.get(page(models.Holdback, "add")).content.decode()
    assert text.count('name="weekdays"') == 7
    assert text.count("checked") >= 7
    holdback = models.Holdback.objects.create(shop=shop, name="Peak", percent=20, released_at=time(12))
    assert refused(desk, holdback, "weekdays", weekdays=[]) == "Choose at least one day."


def test_a_holdback_over_the_year_s_end_is_said_in_months(desk, shop):
    fields = {
        "name": "Winter",
        "first_month": 11,
        "last_month": 2,
        "weekdays": list(range(5)),
        "percent": 20,
        "released_at": "12:00",
    }
    assert desk.post(page(models.Holdback, "add"), {**fields, "shop": shop.pk}).status_code == 302
    text = desk.get(page(models.Holdback, "changelist")).content.decode()
    assert "November to February" in text
    assert "Monday to Friday" in text


def test_a_technician_s_home_is_checked_and_limits_are_taken(desk, shop):
    technician = models.Technician.objects.filter(shop=shop)[0]
    assert refused(desk, technician, "home_zip", home_zip="nope").startswith("nope is no ZIP code")
    fields = {"home_zip": "10023", "day_starts": "home", "most_visits_a_day": 4, "most_minutes_a_day": 480}
    assert change(desk, technician, **fields).status_code == 302
    technician.refresh_from_db()
    assert (technician.home_zip, technician.day_starts, technician.most_visits_a_day, technician.most_minutes_a_day) == (
        "10023", "home", 4, 480,
    )  # fmt: skip


def test_a_shift_is_overtime(desk, shop):
    technician = models.Technician.objects.filter(shop=shop)[0]
    extra = {
        "hours-TOTAL_FORMS": 6,
        "hours-5-weekday": 5,
        "hours-5-starts": "09:00",
        "hours-5-ends": "12:00",
        "hours-5-overtime": "on",
    }
    assert change(desk, technician, **extra).status_code == 302
    assert technician.hours.get(weekday=5).overtime
    row = desk.get(page(models.Technician, "changelist")).content.decode()
    assert "Sat" in row


@pytest.fixture
def service(shop):
    return models.ServiceType.objects.get(shop=shop, key="repair")


def test_a_service_takes_certificates_crew_and_lengths(desk, shop, service):
    epa = models.Skill.objects.create(shop=shop, name="EPA 608", is_certificate=True)
    answer = change(
        desk, service, certificates=[epa.pk], days=2, setup_minutes=15, regular_hours_only="on",
        **{"crew-TOTAL_FORMS": 1, "crew-0-role": "helper", "length_rules-TOTAL_FORMS": 1, "length_rules-0-equipment": "boiler",
           "length_rules-0-years_from": 15, "length_rules-0-percent": 150},
    )  # fmt: skip
    assert answer.status_code == 302
    service.refresh_from_db()
    assert (list(service.certificates.all()), service.days, service.setup_minutes, service.regular_hours_only) == (
        [epa], 2, 15, True,
    )  # fmt: skip
    member, rule = service.crew.get(), service.length_rules.get()
    assert (member.shop, member.role, member.skill) == (shop, "helper", None)
    assert (rule.shop, rule.equipment, rule.years_from, rule.percent) == (shop, "boiler", 15, 150)
    text = desk.get(page(models.LengthRule, "changelist")).content.decode()
    assert "15 years and older" in text


def test_a_service_takes_fees_and_a_spanish_name(desk, shop, service):
    fields = {"visit_fee": "89", "overtime_fee": "60.50", "member_fee": "", "name_es": "visita de reparación"}
    assert change(desk, service, **fields).status_code == 302
    service.refresh_from_db()
    assert (service.visit_fee, service.overtime_fee, service.member_fee, service.name_es) == (
        Decimal(89), Decimal("60.50"), None, "visita de reparación",
    )  # fmt: skip
    assert "$89, after hours $149.50" in desk.get(page(models.ServiceType, "changelist")).content.decode()
    assert "greater than or equal to 0" in refused(desk, service, "visit_fee", visit_fee="-1")


def test_ages_have_to_follow_each_other(desk, shop, service):
    answer = change(
        desk, service,
        **{"length_rules-TOTAL_FORMS": 1, "length_rules-0-years_from": 15, "length_rules-0-years_below": 10,
           "length_rules-0-percent": 150},
    )  # fmt: skip
    assert "The ages have to follow each other." in answer.content.decode()
    assert service.length_rules.count() == 0


def test_another_shop_s_certificates_and_skills_are_no_choice(desk, shop, other_shop, service):
    theirs = models.Skill.objects.create(shop=other_shop, name="Theirs", is_certificate=True)
    assert "Theirs" not in desk.get(page(models.ServiceType, "change", service.pk)).content.decode()
    for fields in ({"certificates": [theirs.pk]}, {"crew-TOTAL_FORMS": 1, "crew-0-role": "helper", "crew-0-skill": theirs.pk}):
        assert change(desk, service, **fields).status_code == 200
    service.refresh_from_db()
    assert (service.certificates.count(), service.crew.count()) == (0, 0)


def test_an_owner_of_two_shops_cannot_mix_them(admin_client, shop, other_shop, service):
    theirs = models.Skill.objects.create(shop=other_shop, name="Theirs", is_certificate=True)
    answer = change(admin_client, service, certificates=[theirs.pk])
    assert errors(answer) == {"certificates": ["This belongs to another shop."]}
    fresh = values(admin_client.get(page(models.ServiceType, "add")))
    answer = admin_client.post(
        page(models.ServiceType, "add"),
        {**fresh, "name": "new", "key": "new", "minutes": 60, "minutes_least": 60, "minutes_most": 60, "shop": shop.pk,
         "crew-TOTAL_FORMS": 1, "crew-0-role": "helper", "crew-0-skill": theirs.pk},
    )  # fmt: skip
    assert "This belongs to another shop." in answer.content.decode()
    assert not models.ServiceType.objects.filter(key="new").exists()
    assert models.CrewMember.objects.count() == 0


def test_every_page_of_the_sidebar_opens(admin_client, shop):
    groups = admin_client.get(page(models.Booking, "changelist")).context["sidebar_navigation"]
    links = [str(item["link"]) for group in groups for item in group["items"]]
    for model in (models.Search, models.ServiceArea, models.Holdback, models.LengthRule):
        assert page(model, "changelist") in links
    for link in links:
        assert admin_client.get(link).status_code == 200, link
