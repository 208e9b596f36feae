"""A contact with a passkey, as their browser and device see sign-in."""

import base64
from dataclasses import replace
from typing import Any

import httpx
import msgspec
from auth_otp.domain.passkeys import relying_party
from portal_testing.authenticator import SoftwareAuthenticator

from .sign_in_world import EMAIL, World

ROOT = "/auth/sample-business"


async def signed_in(world: World, address: str = EMAIL) -> httpx.AsyncClient:
    """A browser that entered a code a moment ago."""
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser, address))
    return browser


async def asked(browser: httpx.AsyncClient, what: str, root: str = ROOT) -> dict[str, Any]:
    """What a script is told: of `challenges` to sign in, of `offers` to make one."""
    answer = await browser.post(f"{root}/passkeys/{what}", json={})
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=dict[str, Any])


def decoded(text: str) -> bytes:
    """Bytes of an option."""
    return base64.urlsafe_b64decode(text + "==")


async def added(
    world: World,
    browser: httpx.AsyncClient,
    credential_id: bytes = b"credential-1",
    count: int = 0,
    *,
    told: bool = True,
) -> SoftwareAuthenticator:
    """The device, once its passkey is kept, and the contact has been told."""
    party, options = relying_party(world.settings.public_origin), await asked(browser, "offers")
    handle = decoded(options["user"]["id"])
    device = SoftwareAuthenticator(
        origin=party.origin,
        rp_id=party.rp_id,
        user_handle=handle,
        credential_id=credential_id,
        count=count,
    )
    answer = await post(browser, device.create(decoded(options["challenge"])), "passkeys")
    assert answer.json() == {"next": "/portal/sample-business/settings"}, answer.text
    if told:
        await world.send_codes()
    return replace(device, count=count + 1) if count else device


async def post(
    browser: httpx.AsyncClient, credential: bytes, path: str = "passkeys/sessions", root: str = ROOT
) -> httpx.Response:
    """Post what a device made or signed, as JSON when refusals are to be read."""
    return await browser.post(f"{root}/{path}", json={"credential": credential.decode()})


async def entered(
    browser: httpx.AsyncClient, device: SoftwareAuthenticator, root: str = ROOT
) -> httpx.Response:
    """Sign in with a passkey."""
    options = await asked(browser, "challenges", root)
    return await post(browser, device.get(decoded(options["challenge"])), root=root)
