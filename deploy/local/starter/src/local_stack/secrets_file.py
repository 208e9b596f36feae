"""Generated passwords and keys of this data folder, made once, in one file that only its owner can read."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from chassis.settings.integration_keys import PERMISSIONS, NewIntegrationKey, entry_of, new_integration_key
from chassis.settings.new_keys import SigningPair, new_ring, new_signing_pair


class SecretsFile:
    """Get-or-create by name. The same name gives the same value until the data folder is wiped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def password(self, name: str) -> str:
        """Return a random password that needs no quoting in a URL."""
        return self._keep(f"{name}.password", lambda: secrets.token_hex(24))

    def keys(self, name: str) -> str:
        """Return a key ring with one random key."""
        return self._keep(f"{name}.keys", new_ring)

    def session_keys(self) -> SigningPair:
        """Return the pair that signs session tokens and checks them."""
        return SigningPair(*self._keep("session.pair", lambda: "\n".join(new_signing_pair())).split())

    def integration_key(self, name: str) -> NewIntegrationKey:
        """Return the key of a program of ServiceHub that may do everything, and its entry in settings."""
        key = self._keep(f"{name}.integration-key", lambda: new_integration_key(name, PERMISSIONS).key)
        return entry_of(key, PERMISSIONS)

    def _keep(self, name: str, make: Callable[[], str]) -> str:
        if name not in self._values:
            self._values[name] = make()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(self._values, indent=1).encode())
        return self._values[name]


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file that only its owner may read, whole or not at all."""
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    new.replace(path)
