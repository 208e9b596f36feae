"""Are the key rings of the environment readable, and is each used for one thing only?"""

from collections.abc import Iterator, Mapping

from chassis.commands.doctor.finding import Finding, ok, wrong
from chassis.settings.integration_keys import IntegrationKeys
from chassis.settings.keys import InvalidKeys, KeyRing

RINGS = (
    "DEAD_LETTER_KEYS",
    "FIELD_ENCRYPTION_KEYS",
    "BLIND_INDEX_KEYS",
    "CODE_PEPPERS",
    "COOKIE_SIGNING_KEYS",
    "NOTIFIER_KEYS",
    "UNSUBSCRIBE_KEYS",
    "AUTH_OTP_KEYS",
    "BILLING_KEYS",
    "PAY_LINK_KEYS",
    "SESSION_SIGNING_KEYS",
    "SESSION_PUBLIC_KEYS",
)


def look(environ: Mapping[str, str]) -> Iterator[Finding]:
    """One finding for each ring there is, one for a key that two rings share, and one for integrations."""
    yield from _integrations(environ.get("INTEGRATION_KEYS", ""))
    users: dict[bytes, list[str]] = {}
    for name in RINGS:
        text = environ.get(name, "")
        if not text:
            continue
        try:
            ring = KeyRing.parse(text)
        except InvalidKeys as error:
            yield wrong(name, str(error), f"correct {name} and start the process anew")
            continue
        for key in ring.keys.values():
            users.setdefault(key, []).append(name)
        yield ok(name, f"{len(ring.keys)} key(s), {ring.current} writes")
    for names in users.values():
        if len(set(names)) > 1:
            both = " and ".join(sorted(set(names)))
            yield wrong(both, "share a key", "give each ring keys of its own")


def _integrations(text: str) -> Iterator[Finding]:
    if not text:
        return
    try:
        keys = IntegrationKeys.parse(text).keys
    except InvalidKeys as error:
        yield wrong("INTEGRATION_KEYS", str(error), "correct it in branding and billing, and start both anew")
        return
    named = ", ".join(f"{key.integration} ({key.fingerprint})" for key in keys)
    yield ok("INTEGRATION_KEYS", f"{len(keys)} key(s): {named}")
