"""Push channels: remembered, told of each change of their calendar with a real POST, ended when their time is over.

Reaches http addresses on this machine only. Changes that come while a notification is under way share the next one. By the
settings some are lost, come twice, or come late and overtake one another.
"""

import asyncio
import base64
import random
import re
import secrets
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox import clock
from sandbox.delivery import Delivery, is_loopback_http
from sandbox.google.errors import GoogleError, invalid
from sandbox.settings import Settings

Json = dict[str, Any]
RETRIED = (500, 502, 503, 504)
RETRIES = (0.5, 1, 2, 4)
COALESCE = 0.05


@dataclass
class Channel:
    id: str
    calendar_id: str
    account: str
    client_id: str
    address: str
    token: str | None
    resource_id: str
    resource_uri: str
    expiration: int  # unix milliseconds
    number: int = 0
    waiting: list[str] = field(default_factory=list)  # states still to be told

    @property
    def expired(self) -> bool:
        return clock.now() * 1000 >= self.expiration

    def describe(self) -> Json:
        answer = {
            "kind": "api#channel",
            "id": self.id,
            "resourceId": self.resource_id,
            "resourceUri": self.resource_uri,
            "expiration": str(self.expiration),
        }
        return answer if self.token is None else answer | {"token": self.token}


class Channels:
    def __init__(self, settings: Settings, delivery: Delivery) -> None:
        self._settings = settings
        self._delivery = delivery
        self._of_calendar: defaultdict[str, dict[str, Channel]] = defaultdict(dict)
        self._used_ids: set[str] = set()
        self._telling: set[str] = set()

    def open(self, body: Json, *, calendar_id: str, account: str, client_id: str, uri: str) -> Channel:
        self._check(body)
        # One resource id for one calendar, however often it is watched.
        resource_id = base64.urlsafe_b64encode(calendar_id.encode()).decode().rstrip("=")[:27]
        channel = Channel(
            id=body["id"],
            calendar_id=calendar_id,
            account=account,
            client_id=client_id,
            address=body["address"],
            token=body.get("token"),
            resource_id=resource_id,
            resource_uri=uri,
            expiration=self._expiration(body),
        )
        self._used_ids.add(channel.id)
        self._of_calendar[calendar_id][channel.id] = channel
        self._tell(channel, "sync")
        return channel

    def stop(self, channel_id: str, resource_id: str, account: str, client_id: str) -> None:
        for channels in self._of_calendar.values():
            channel = channels.get(channel_id)
            if channel is None or channel.resource_id != resource_id:
                continue
            if (channel.account, channel.client_id) == (account, client_id):
                del channels[channel_id]
                return
        raise GoogleError(404, "notFound", f"Channel '{channel_id}' not found for project '{client_id}'")

    def touch(self, calendar_id: str) -> None:
        for channel in list(self._of_calendar.get(calendar_id, {}).values()):
            if channel.expired:
                del self._of_calendar[calendar_id][channel.id]
            elif "exists" not in channel.waiting:
                self._tell(channel, "exists")

    def end_of_grant(self, account: str, client_id: str) -> None:
        for channels in self._of_calendar.values():
            for channel in [each for each in channels.values() if (each.account, each.client_id) == (account, client_id)]:
                del channels[channel.id]

    def all(self) -> list[Channel]:
        return [channel for channels in self._of_calendar.values() for channel in channels.values()]

    def empty(self) -> None:
        self._of_calendar.clear()

    def dump(self) -> Json:
        return {"channels": [asdict(each) for each in self.all()]}

    def load(self, kept: Json) -> None:
        for each in kept["channels"]:
            channel = Channel(**each)
            self._used_ids.add(channel.id)
            self._of_calendar[channel.calendar_id][channel.id] = channel

    def _check(self, body: Json) -> None:
        channel_id, address = body.get("id", ""), body.get("address", "")
        if not re.fullmatch(r"[A-Za-z0-9\-_+/=]{1,64}", channel_id):
            raise invalid("Invalid channel id.", location="id")
        if channel_id in self._used_ids:
            raise GoogleError(400, "channelIdNotUnique", f"Channel id {channel_id} not unique")
        if body.get("type") not in ("web_hook", "webhook"):
            raise invalid("Unknown channel type", reason="channelUnknown")
        if not address.startswith("https://") and not is_loopback_http(address):
            raise GoogleError(400, "push.webhookUrlNotHttps", f"WebHook callback must be HTTPS: {address}")
        if len(body.get("token", "")) > 256:
            raise invalid("The channel token is too long.", location="token")

    def _expiration(self, body: Json) -> int:
        now = int(clock.now() * 1000)
        latest = now + self._settings.channel_max_seconds * 1000
        ttl = body.get("params", {}).get("ttl")
        if ttl is not None:
            if not ttl.isdecimal():
                raise invalid("Invalid ttl.", location="params.ttl")
            return min(latest, now + int(ttl) * 1000)
        if "expiration" in body:
            if int(body["expiration"]) <= now:
                raise invalid("The channel's expiration has passed.", location="expiration")
            return min(latest, int(body["expiration"]))
        return latest

    def _tell(self, channel: Channel, state: str) -> None:
        channel.waiting.append(state)
        if channel.id not in self._telling:
            self._telling.add(channel.id)
            self._delivery.spawn(self._notify(channel))

    async def _notify(self, channel: Channel) -> None:
        try:
            while channel.waiting:
                if channel.waiting[0] != "sync":
                    await asyncio.sleep(COALESCE)
                state = channel.waiting.pop(0)
                # Numbers grow but do not follow on one another.
                channel.number = 1 if state == "sync" else channel.number + 1 + secrets.randbelow(3)
                await self._carry(channel, state, channel.number)
        finally:
            self._telling.discard(channel.id)

    async def _carry(self, channel: Channel, state: str, number: int) -> None:
        settings = self._settings
        if settings.drop_notifications or random.random() < settings.notifications_lost:
            return
        for _ in range(1 + (random.random() < settings.notifications_doubled)):
            if late := random.random() * settings.notifications_late_seconds:
                self._delivery.spawn(self._post(channel, state, number, late=late))
            else:
                await self._post(channel, state, number)

    async def _post(self, channel: Channel, state: str, number: int, *, late: float = 0.0) -> None:
        headers = {
            "User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Message-Number": str(number),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-State": state,
            "X-Goog-Resource-URI": channel.resource_uri,
            "X-Goog-Channel-Expiration": clock.rfc2822(channel.expiration / 1000).replace("+0000", "GMT"),
        }
        if channel.token is not None:
            headers["X-Goog-Channel-Token"] = channel.token
        for pause in (late, *RETRIES):
            await asyncio.sleep(pause)
            open_still = channel.id in self._of_calendar.get(channel.calendar_id, {})
            if not open_still or channel.expired:
                return
            status, _ = await self._delivery.send("google", "POST", channel.address, headers=headers)
            if status not in RETRIED:
                return
