"""The list of line tests: what it says while it is empty, and its button."""

from telephony.models import LineTest
from tests.desk import shelf
from tests.desk.test_admin_scope import page


def test_an_empty_list_says_what_would_stand_there(desk):
    text = desk.get(page(LineTest, "changelist")).content.decode()
    assert "The line is tested once a week in the small hours." in text
    assert 'formaction="/admin/telephony/linetest/now/"' in text


def test_the_button_begins_one_test_a_line(desk, shop, other_shop):
    for _ in range(2):
        answer = desk.post(page(LineTest, "now"), follow=True)
        assert "The line is being tested" in answer.content.decode()
    test = LineTest.objects.get()
    assert (test.shop, test.status) == (shop, LineTest.Status.RUNNING)
    assert "Running" in answer.content.decode()


def test_only_a_post_of_somebody_at_the_desk_begins_one(client, shop):
    assert client.post(page(LineTest, "now")).status_code == 302
    client.force_login(shelf.dispatcher(shop))
    assert client.get(page(LineTest, "now")).status_code == 405
    client.force_login(shelf.dispatcher(username="nowhere"))
    assert client.post(page(LineTest, "now")).status_code == 403
    client.force_login(shelf.technician(shop))
    assert client.post(page(LineTest, "now")).status_code == 403
    assert LineTest.objects.count() == 0


def test_what_was_found_is_told(desk, shop, now):
    LineTest.objects.create(shop=shop, status="passed", started_at=now, finished_at=now)
    LineTest.objects.create(shop=shop, status="failed", findings="No call arrived.", started_at=now, finished_at=now)
    text = desk.get(page(LineTest, "changelist")).content.decode()
    for words in ("Works", "The call reached the assistant.", "Broken", "No call arrived."):
        assert words in text
