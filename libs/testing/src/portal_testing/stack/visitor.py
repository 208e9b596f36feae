"""A customer without a browser: signs in over HTTP as a person would, reading the code in the mailbox."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import httpx
import msgspec

PATIENCE_SECONDS = 20.0
_POLL_SECONDS = 0.02
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


class NoCode(Exception):
    """No sign-in code arrived in time."""


class _Recipient(msgspec.Struct):
    Address: str


class _Listed(msgspec.Struct):
    ID: str
    To: list[_Recipient]


class _Inbox(msgspec.Struct):
    messages: list[_Listed]


class _Message(msgspec.Struct):
    Text: str


@dataclass
class Visitor:
    """One browser at one portal. It keeps its cookies itself: httpx sends no `__Host-` cookie over http."""

    origin: str
    mailbox_url: str
    slug: str
    http: httpx.AsyncClient
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """GET a path of the origin."""
        return await self._send("GET", path, None, headers)

    async def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        """POST a form to a path of the origin."""
        return await self._send("POST", path, form, headers)

    async def sign_in(self, address: str) -> httpx.Response:
        """Ask for a code, read it, type it. Returns the answer to the code."""
        before = await self._messages_to(address)
        await self.post(f"/auth/{self.slug}/codes", {"address": address})
        code = await self._code(address, before)
        return await self.post(f"/auth/{self.slug}/sessions", {"code": code})

    async def _send(
        self, method: str, path: str, form: dict[str, str] | None, headers: dict[str, str]
    ) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin", **headers}
        answer = await self.http.request(method, self.origin + path, data=form, headers=given)
        for header in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer

    async def _messages_to(self, address: str) -> set[str]:
        answer = await self.http.get(f"{self.mailbox_url}/api/v1/messages", params={"limit": "200"})
        inbox = msgspec.json.decode(answer.content, type=_Inbox)
        return {listed.ID for listed in inbox.messages if any(to.Address == address for to in listed.To)}

    async def _code(self, address: str, before: set[str]) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for found in await self._messages_to(address) - before:
                answer = await self.http.get(f"{self.mailbox_url}/api/v1/message/{found}")
                if code := _CODE.search(msgspec.json.decode(answer.content, type=_Message).Text):
                    return code[0]
            await asyncio.sleep(_POLL_SECONDS)
        raise NoCode(f"no code for {address} within {PATIENCE_SECONDS:.0f} s")
