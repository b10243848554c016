"""What a test or a demo may turn while the sandbox runs (`POST /_control/settings`). Owns names, defaults and types."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, get_args, get_type_hints


@dataclass
class Settings:
    """`None` means: no such limit."""

    access_token_seconds: int = 3600
    channel_max_seconds: int = 604_800
    default_time_zone: str = "America/New_York"
    drop_notifications: bool = False  # Google says that some are lost; this loses them all
    # Of Google's notifications, from 0 to 1: how many are lost, how many come twice; and how late they come at most, in seconds,
    # each by itself, so that later ones overtake.
    notifications_lost: float = 0.0
    notifications_doubled: float = 0.0
    notifications_late_seconds: float = 0.0
    quota_per_minute_project: int | None = None
    quota_per_minute_user: int | None = None
    twilio_step_seconds: float = 0.05  # between two states of a message or call
    twilio_call_seconds: float = 1.0  # how long an answered outgoing call lasts
    twilio_numbers: list[str] = field(default_factory=list)  # the account's own; empty: any number may send
    vapi_concurrency_limit: int | None = None

    def update(self, wanted: dict[str, Any]) -> None:
        """All or nothing; raises ValueError naming the setting."""
        hints = get_type_hints(type(self))
        for name, value in wanted.items():
            if name not in hints:
                raise ValueError(f"unknown setting {name!r}; there are: {', '.join(hints)}")
            if not _fits(value, hints[name]):
                raise ValueError(f"setting {name!r} does not take {value!r}")
        for name, value in wanted.items():
            setattr(self, name, value)

    def reset(self) -> None:
        fresh = Settings()
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    def load(self, kept: dict[str, Any]) -> None:
        known = get_type_hints(type(self))
        self.update({name: value for name, value in kept.items() if name in known})


def _fits(value: object, hint: Any) -> bool:
    if hint == list[str]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    kinds = get_args(hint) or (hint,)
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, int) and float in kinds:
        return True
    return isinstance(value, kinds)
