"""Colours have one place and one set of names, and can be read on whatever they stand on."""

import re
from pathlib import Path

import pytest

STYLES = Path(__file__).parents[2] / "desk" / "static" / "desk"
PALETTE = STYLES / "office.css"
# Pages outside of the back office (a caller's link, say) look like themselves and follow the system's colours.
SHEETS = [sheet for sheet in sorted(STYLES.rglob("*.css")) if sheet.name != "plain.css"]
VISITS = ("booked", "held", "route", "site", "done", "miss", "over")
# What is written in one colour on the ground of another.
WRITTEN = [
    *((ink, ground) for ink in ("ink", "soft", "link", "bad", "good", "wait") for ground in ("paper", "sheet", "shift")),
    *((word, f"{word}-paper") for word in ("good", "wait", "bad", "urgent", "emergency")),
    *(("ink", f"{word}-paper") for word in ("good", "wait", "bad")),
    *((ink, ground) for ink in ("ink", "dim", "good", "wait", "bad") for ground in VISITS),
    ("dim", "paper"), ("held-edge", "held"), ("over-ink", "over"), ("busy-ink", "busy"), ("busy-ink", "off"), ("ink", "said"),
    ("act-ink", "act"), ("act-ink", "act-over"), ("alarm-ink", "alarm"), ("alarm", "alarm-ink"),
    ("lost-ink", "lost"), ("note-ink", "note"),
]  # fmt: skip


def colours(scheme):
    """The palette in a scheme; what the dark does not say again is as in the light."""
    text = PALETTE.read_text()
    light, dark = (
        dict(re.findall(r"--hv-([a-z-]+): (#[0-9a-f]{6})", text.split(f"\n{where} {{\n")[1].split("\n}\n")[0]))
        for where in (":root", ".dark")
    )
    assert dark.keys() <= light.keys()
    return light | dark if scheme == "dark" else light


def light_of(colour):
    """Relative luminance, as WCAG reckons it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(ink, ground):
    lighter, darker = sorted((light_of(ink), light_of(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read(scheme):
    palette = colours(scheme)
    faint = [
        f"{ink} on {ground}: {found:.2f}" for ink, ground in WRITTEN if (found := contrast(palette[ink], palette[ground])) < 4.5
    ]
    assert not faint


def test_what_is_used_is_in_the_palette():
    known = colours("light").keys()
    unknown = {
        f"{sheet.name}: {name}"
        for sheet in SHEETS
        for name in re.findall(r"var\(--(?:hv|desk)-([a-z-]+)", sheet.read_text())
        if name not in known
    }
    assert not unknown
    assert "--desk-" not in "".join(sheet.read_text() for sheet in SHEETS)


def test_no_sheet_has_a_colour_of_its_own():
    own = []
    for sheet in SHEETS:
        text = sheet.read_text()
        if sheet == PALETTE:
            text = text.split("\n}\n", 2)[2]
        own += [f"{sheet.name}: {colour}" for colour in re.findall(r"#(?:[0-9a-f]{3}){1,2}(?=[ ;,)])", text)]
    assert not own
