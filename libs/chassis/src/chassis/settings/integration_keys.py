"""Keys of integrations, the programs of ServiceHub that call the portal. A setting holds their hashes alone.

Written in settings as `id:sha256:permissions:businesses[,…]`; lists are joined by `+`, `*` means every
business, and ids of businesses are percent-encoded. An integration may have two keys while one replaces the
other. The key itself is `id.secret`.
"""

import hashlib
import hmac
import re
import secrets
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, Self, get_args
from urllib.parse import quote, unquote

import msgspec

from chassis.settings.keys import KEY_BYTES, InvalidKeys

Permission = Literal["settings", "account"]
"""What an integration may do: read and change branding's settings; read how a payment account stands."""
PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)

_LIVE_AT_ONCE: Final = 2
_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # of 32 random bytes; nobody chooses such a text by hand
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_FORM: Final = "needs the form id:sha256:permissions:businesses, which `portal keys integration` makes"


@dataclass(frozen=True, slots=True)
class IntegrationKey:
    """What is known of a key: whose it is, the SHA-256 of its secret, and what it opens.

    `businesses` is None for all of them.
    """

    integration: str
    digest: bytes = field(repr=False)
    permissions: frozenset[Permission]
    businesses: frozenset[str] | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one entry. Raises `InvalidKeys`, whose message shows none of it."""
        integration, digest, permissions, businesses, *rest = [*text.split(":"), "", "", ""]
        if len(rest) != 3 or not _ID.fullmatch(integration) or not _HASH.fullmatch(digest):
            raise InvalidKeys(_FORM)
        try:
            allowed = msgspec.convert(permissions.split("+"), frozenset[Permission])
        except msgspec.ValidationError:
            raise InvalidKeys(f"key {integration} may do: {' or '.join(PERMISSIONS)}, joined by +") from None
        named = frozenset(unquote(name) for name in businesses.split("+"))
        if "" in named:
            raise InvalidKeys(f"key {integration} names no business; write * for all")
        return cls(integration, bytes.fromhex(digest), allowed, None if businesses == "*" else named)

    def format(self) -> str:
        """The entry as settings hold it."""
        names = "*" if self.businesses is None else _joined(self.businesses)
        return f"{self.integration}:{self.digest.hex()}:{'+'.join(sorted(self.permissions))}:{names}"

    @property
    def fingerprint(self) -> str:
        """Eight digits by which an operator tells two keys of an integration apart."""
        return self.digest.hex()[:8]

    def opens(self, permission: Permission, business_id: str) -> bool:
        """Whether the key may do this with this business."""
        return permission in self.permissions and (self.businesses is None or business_id in self.businesses)


@dataclass(frozen=True, slots=True)
class IntegrationKeys:
    """All keys that are accepted."""

    keys: tuple[IntegrationKey, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `entry[,entry…]`; raises `InvalidKeys`."""
        keys = tuple(IntegrationKey.parse(part.strip()) for part in text.split(",") if part.strip())
        if not keys:
            raise InvalidKeys(f"holds no key; {_FORM}")
        if len({key.digest for key in keys}) < len(keys):
            raise InvalidKeys("holds a key twice; give each integration keys of its own")
        for integration, count in Counter(key.integration for key in keys).items():
            if count > _LIVE_AT_ONCE:
                raise InvalidKeys(f"holds {count} keys of {integration}; two may live at a time")
        return cls(keys)

    def find(self, presented: str) -> IntegrationKey | None:
        """The key that somebody presents as `id.secret`; None for any other text."""
        integration, _, secret = presented.partition(".")
        digest = digest_of(secret)
        matching = [key for key in self.keys if hmac.compare_digest(key.digest, digest)]
        wanted = [key for key in matching if key.integration == integration]
        return wanted[0] if wanted and _SECRET.fullmatch(secret) else None


class NewIntegrationKey(NamedTuple):
    """A key as its integration sends it, and as settings hold it."""

    key: str
    entry: IntegrationKey


def new_integration_key(
    integration: str, permissions: Collection[str], businesses: Collection[str] | None = None
) -> NewIntegrationKey:
    """Make a key. Raises `InvalidKeys` for an id that is none."""
    return entry_of(f"{integration}.{secrets.token_urlsafe(KEY_BYTES)}", permissions, businesses)


def entry_of(
    key: str, permissions: Collection[str], businesses: Collection[str] | None = None
) -> NewIntegrationKey:
    """A key with the entry by which settings know it. Raises `InvalidKeys` for a text that is none."""
    integration, _, secret = key.partition(".")
    names = "*" if businesses is None else _joined(businesses)
    entry = f"{integration}:{digest_of(secret).hex()}:{'+'.join(sorted(permissions))}:{names}"
    return NewIntegrationKey(key, IntegrationKey.parse(entry))


def digest_of(secret: str) -> bytes:
    """The SHA-256 of a secret: enough for 256 random bits, which nobody can try out."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def _joined(businesses: Collection[str]) -> str:
    return "+".join(quote(name, safe="") for name in sorted(businesses))
