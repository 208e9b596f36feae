"""Generated passwords and keys of this data folder, made once, in one file only its owner can read."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from local_stack.keys import Pair, key_ring, random_key, session_pair


class SecretsFile:
    """Get-or-create by name. The same name gives the same value until the data folder is wiped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def password(self, name: str) -> str:
        """Return a random password that needs no quoting in a URL."""
        return self._keep(f"{name}.password", lambda: secrets.token_hex(24))

    def keys(self, name: str) -> str:
        """Return a key ring with one random key of 32 bytes: `k1:base64url`."""
        return self._keep(f"{name}.keys", lambda: key_ring(random_key()))

    def session_keys(self) -> Pair:
        """Return the Ed25519 pair that signs session tokens and checks them."""
        if "session.private" not in self._values:
            pair = session_pair()
            self._values |= {"session.private": pair.private, "session.public": pair.public}
            self._save()
        return Pair(self._values["session.private"], self._values["session.public"])

    def _keep(self, name: str, make: Callable[[], str]) -> str:
        if name not in self._values:
            self._values[name] = make()
            self._save()
        return self._values[name]

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self._values, file, indent=1)
        new.replace(self._path)
