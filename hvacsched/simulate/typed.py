"""A call typed by hand: one plays the caller, and chooses what the assistant does. Twilio, Vapi and the product are as always."""

import shlex
from collections.abc import Callable

from hvacsched.simulate.caller import Caller
from hvacsched.simulate.errors import WrongError
from hvacsched.simulate.guesses import NOTHING, Guess, Notes, guesses

HELP = """
  Type what the caller says. Then choose what the assistant does:
    Enter or 1   the first suggestion          2, 3, …   another one
    1 day=Friday  with arguments changed       -         it only listens
  At any time:
    x [words]    interrupt: "Wait, no" and what follows
    d            the last tool call is delivered again
    q            hang up                        ?         this help
"""
Write = Callable[[str], None]
# What is shorter to type than the argument's name.
_SHORT = {
    "day": ("requestedDate", "scheduledDate"), "window": ("timeWindow",), "service": ("serviceType",), "name": ("customerName",),
    "phone": ("customerPhone",), "slot": ("slotId",),
}  # fmt: skip


class HungUp(Exception):
    """The caller is done."""


def talk(call: Caller, *, read: Callable[[str], str], write: Write) -> None:
    """Hold one call until the caller hangs up: `q`, the end of what is typed, or Ctrl-C. `read` raises EOFError at the end."""
    write(HELP)
    call.about = "Typed by hand."
    call.reach_assistant()
    try:
        notes = Notes()
        while True:
            _turn(call, notes, read, write)
    except (HungUp, EOFError, KeyboardInterrupt):
        write("")
    finally:
        call.hangs_up()


def _turn(call: Caller, notes: Notes, read: Callable[[str], str], write: Write) -> None:
    """Hear what the caller says, then do what is chosen for the assistant; the caller may interrupt that choice."""
    said = _spoken(read("  You: ").strip(), call, notes, write)
    while said:
        found = guesses(said, notes)
        _show(found, write)
        typed = read("  The assistant: ").strip()
        if typed[:1] in ("x", "d", "q", "?"):
            said = _spoken(typed, call, notes, write) or said
            continue
        guess = _chosen(typed, found, notes)
        if guess is None:
            write('  Choose a number, "-" or "?".')
            continue
        if guess.tool:
            _use(call, notes, guess, write)
        return


def _spoken(typed: str, call: Caller, notes: Notes, write: Write) -> str:
    """Do what a letter of its own asks for, else say what was typed; return what was said, "" for nothing."""
    letter, _, rest = typed.partition(" ")
    match letter:
        case "q" if not rest:
            raise HungUp
        case "?" if not rest:
            write(HELP)
            return ""
        case "d" if not rest:
            _checked(call.repeats, write)
            return ""
        case "x":
            typed = f"Wait, no, {rest}" if rest else "Wait, no."
    if typed:
        call.says(typed, interrupting=letter == "x")
        notes.hear(typed)
    return typed


def _show(found: list[Guess], write: Write) -> None:
    for n, guess in enumerate(found, start=1):
        told = ", ".join(f"{name}={value!r}" for name, value in guess.arguments.items() if value)
        write(f"    {n}  {guess.tool}({told})" if guess.tool else f"    {n}  it only listens")


def _chosen(choice: str, found: list[Guess], notes: Notes) -> Guess | None:
    """Return the guess of a line such as `2 day=Friday name="Jane Doe"`, its arguments changed; None where it is none."""
    if choice == "-":
        return NOTHING
    try:
        number, *changes = shlex.split(choice) or ["1"]
    except ValueError:
        return None
    if "=" in number:
        number, changes = "1", [number, *changes]
    if not number.isdigit() or not 1 <= int(number) <= len(found):
        return None
    guess = found[int(number) - 1]
    arguments = dict(guess.arguments)
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            return None
        for each in [known for known in _SHORT.get(name, ()) if known in arguments] or _SHORT.get(name, (name,))[:1]:
            arguments[each] = notes.slots[int(value) - 1]["slotId"] if _is_place(each, value, notes) else value
    return Guess(guess.tool, {name: value for name, value in arguments.items() if value != ""})


def _is_place(name: str, value: str, notes: Notes) -> bool:
    """Say whether a slot is named by its place among those offered."""
    return name == "slotId" and value.isdigit() and 1 <= int(value) <= len(notes.slots)


def _use(call: Caller, notes: Notes, guess: Guess, write: Write) -> None:
    def use() -> None:
        arguments = {name: value for name, value in guess.arguments.items() if value != ""}
        notes.answered(guess.tool, call.uses(guess.tool, **arguments).body)

    _checked(use, write)


def _checked(work: Callable[[], object], write: Write) -> None:
    """Do it; what was answered wrongly is said, and the call goes on."""
    try:
        work()
    except WrongError as error:
        write(f"  XX {error}")
