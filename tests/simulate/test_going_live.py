"""What docs/going-live.md pastes is what the product answers: the tools' JSON, how phrases are read."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from telephony.tools import run, schemas

PAGE = (Path(__file__).parents[2] / "docs" / "going-live.md").read_text(encoding="utf-8")
READ = re.findall(r'\$ python manage\.py parse_when "(.+?)" --now (\S+) --tz (\S+) --json\n(.+)\n', PAGE)


def test_the_tools_json_is_the_serializers():
    (pasted,) = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
    tools = json.loads(pasted)
    assert [tool["function"]["name"] for tool in tools] == ["holdSlot", "rescheduleAppointment", "cancelAppointment"]
    for tool in tools:
        known = run.TOOLS[tool["function"]["name"]]
        assert tool["function"]["description"] == known.description
        assert tool["function"]["parameters"] == schemas.of(known.takes)


def test_the_table_of_tools_names_every_argument():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", PAGE, re.MULTILINE))
    assert set(rows) == {name for name in run.TOOLS if not name.startswith("schedule")}
    for name, row in rows.items():
        parameters = schemas.of(run.TOOLS[name].takes)
        assert set(re.findall(r"\w+", row)) - {"or"} == set(parameters["properties"])
        assert re.findall(r"\*\*(\w+)\*\*", row) == parameters["required"]


def test_phrases_are_pasted():
    assert len(READ) == 2


@pytest.mark.parametrize(("phrase", "now", "zone", "answer"), READ)
def test_phrases_are_read_as_pasted(phrase, now, zone, answer, capsys):
    call_command("parse_when", phrase, now=now, tz=zone, json=True)
    assert capsys.readouterr().out.strip() == answer
