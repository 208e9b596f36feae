"""What arrived at people: each message with a code in it, by address."""

import re
from collections import Counter

import httpx
import msgspec

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


class _Recipient(msgspec.Struct):
    Address: str


class _Listed(msgspec.Struct):
    To: list[_Recipient]
    Snippet: str
    Subject: str


class _Page(msgspec.Struct):
    messages: list[_Listed]


async def codes_by_address(mailbox_url: str) -> Counter[str]:
    """How many messages with a sign-in code each address got."""
    found = Counter[str]()
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        answer = await http.get(f"{mailbox_url}/api/v1/messages", params={"limit": "100000"})
        page = msgspec.json.decode(answer.content, type=_Page)
    for message in page.messages:
        if _CODE.search(f"{message.Subject} {message.Snippet}"):
            found.update(to.Address for to in message.To)
    return found
