"""The last net: documents that are hosted elsewhere, ring people without us, and can be compared with what would be made now."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import CommandError, call_command

from bookings.models import OnCallPerson
from tests.telephony.twilio import signing
from tests.telephony.twilio.test_inbound import verbs

BASE = "https://static.example.net/abc"
FILES = ["fallback.xml", "goodbye.xml", "take.xml", "whisper.xml"]


@pytest.fixture
def written(shop, tmp_path):
    OnCallPerson.objects.create(shop=shop, name="Olga", phone="+12125550122", owner=True)
    OnCallPerson.objects.create(shop=shop, name="Gone", phone="+12125550123", owner=True, active=False)

    def write(base=BASE):
        call_command("fallback_document", out=tmp_path, base_url=base)
        return {each.name: signing.read(each.read_text()) for each in sorted(tmp_path.iterdir())}

    return write


@pytest.fixture
def hosted(tmp_path):
    """The folder, served as a static host does: GET and HEAD only."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_people_ring_one_after_the_other_then_the_voicemail(shop, written):
    documents = written()
    assert list(documents) == FILES
    first = documents["fallback.xml"]
    assert verbs(first) == ["Dial", "Say", "Dial", "Say", "Dial", "Say", "Record", "Hangup"]
    rung = [each.find("Number") for each in first.findall("Dial")]
    assert [each.text for each in rung] == ["+12125550111", "+12125550122", "+12125550199"]
    assert {(each.get("url"), each.get("method")) for each in rung} == {(f"{BASE}/whisper.xml", "GET")}
    assert {each.get("action") for each in first.findall("Dial")} == {None}
    record = first.find("Record")
    assert (record.get("action"), record.get("method")) == (f"{BASE}/goodbye.xml", "GET")
    assert record.get("recordingStatusCallback") == f"{signing.SERVER}/twilio/recording"
    gather = documents["whisper.xml"].find("Gather")
    assert (gather.get("action"), gather.get("method")) == (f"{BASE}/take.xml", "GET")
    assert verbs(documents["whisper.xml"])[-1] == "Hangup"  # without a key a voicemail box does not have the call
    assert (verbs(documents["take.xml"]), verbs(documents["goodbye.xml"])) == (["Say"], ["Say", "Hangup"])


def test_a_spanish_shop_speaks_spanish(shop, written):
    type(shop).objects.update(languages="es")
    said = written()["fallback.xml"].findall("Say")
    assert {each.get("language") for each in said} == {"es-MX"}
    assert "monóxido" in said[-1].text


def test_what_is_hosted_is_compared(shop, written, hosted, tmp_path, capsys):
    written(hosted)
    call_command("fallback_document", check=hosted)
    assert "as it would be written now" in capsys.readouterr().out
    type(shop).objects.update(fallback_number="+12125550115")
    with pytest.raises(CommandError, match=r"Not as they would be written now: fallback\.xml\."):
        call_command("fallback_document", check=hosted)
    (tmp_path / "take.xml").unlink()
    with pytest.raises(CommandError, match=r"take\.xml: HTTP 404"):
        call_command("fallback_document", check=hosted)
    with pytest.raises(CommandError, match="ConnectError"):
        call_command("fallback_document", check="http://127.0.0.1:9")


def test_nothing_is_written_without_an_address_or_a_number(shop, tmp_path, settings):
    with pytest.raises(CommandError, match="--base-url is missing"):
        call_command("fallback_document", out=tmp_path)
    with pytest.raises(CommandError, match="There is no such shop"):
        call_command("fallback_document", out=tmp_path, base_url=BASE, shop=99)
    settings.FALLBACK_DIAL_NUMBER = ""
    type(shop).objects.update(fallback_number="")
    with pytest.raises(CommandError, match="has no number to ring"):
        call_command("fallback_document", out=tmp_path, base_url=BASE)
    assert list(tmp_path.iterdir()) == []
