"""The peer of our sign-in: django-allauth's login by code, from its own lock in its own environment."""

import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import psycopg
from local_stack.ports import free_ports
from local_stack.settings import repository

from bench.load import wait_until_it_answers
from bench.processes import descendants

_FOLDER: Final = Path(__file__).parent / "peers" / "allauth"
_TO: Final = re.compile(r"^To: (\S+)$", re.MULTILINE)
_CODE: Final = re.compile(r"^\s*([0-9A-Z]{3,}-?[0-9A-Z]{3,})\s*$", re.MULTILINE)
_END_OF_MAIL: Final = "-" * 79
_TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Allauth:
    """A running site, and people who sign in there."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, mails: Path) -> None:
        self._process = process
        self._url, self._mails = url, mails
        self._browsers: dict[str, httpx.AsyncClient] = {}

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        return list(descendants(self._process.pid))

    async def ask(self, address: str) -> None:
        """Ask for a code as a browser does: a form of a page, with its token."""
        browser = self._browsers[address] = httpx.AsyncClient(trust_env=False, verify=False, timeout=30)
        await self._post(browser, "/accounts/login/code/", {"email": address})

    async def codes(self, addresses: Sequence[str]) -> Mapping[str, str]:
        """The codes that were sent to these."""
        files = list(self._mails.iterdir())
        mails = [mail for file in files for mail in file.read_text().split(_END_OF_MAIL)]
        for file in files:
            file.unlink()
        found = {
            to[1]: code[1] for mail in mails if (to := _TO.search(mail)) and (code := _CODE.search(mail))
        }
        return {address: found[address] for address in addresses}

    async def enter(self, address: str, code: str) -> None:
        """Enter a code. Raises RuntimeError when nobody is signed in by it."""
        browser = self._browsers.pop(address)
        answer = await self._post(browser, "/accounts/login/code/confirm/", {"code": code})
        if "sessionid" not in browser.cookies or answer.headers.get("location") != "/":
            raise RuntimeError(f"django-allauth answered {answer.status_code} to a code")
        await browser.aclose()

    async def _post(self, browser: httpx.AsyncClient, path: str, form: Mapping[str, str]) -> httpx.Response:
        page = await browser.get(self._url + path)
        token = _TOKEN.search(page.text)
        if token is None:
            raise RuntimeError(f"django-allauth answered {page.status_code} without a form")
        return await browser.post(self._url + path, data={**form, "csrfmiddlewaretoken": token[1]})


@contextmanager
def running(database_url: str, people: int) -> Generator[Allauth]:
    """Run the site with one worker, until the block ends; `bench-0@bench.example` and so on can sign in."""
    python = _installed() / "bin" / "python"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA allauth")
    address = f"127.0.0.1:{free_ports()['GATEWAY_PORT']}"
    with tempfile.TemporaryDirectory(prefix="allauth-") as folder:
        own = {"DATABASE_URL": database_url, "MAILS": folder, "SECRET_KEY": secrets.token_hex(32)}
        environment = {**os.environ, **own, "PYTHONPATH": str(_FOLDER)}
        subprocess.run([python, "-m", "django_site", str(people)], env=environment, check=True)
        serve = [python, "-m", "gunicorn", "--bind", address, "--log-level", "error", "django_site"]
        with subprocess.Popen(serve, env=environment) as process:
            try:
                wait_until_it_answers("django-allauth", process, f"http://{address}/")
                yield Allauth(process, f"http://{address}", Path(folder))
            finally:
                process.terminate()


def _installed() -> Path:
    """Its environment, made at the first use."""
    home = repository()
    environment, uv = home / ".local" / "bench" / "allauth", home / ".venv" / "bin" / "uv"
    lock = _FOLDER / "requirements.lock"
    subprocess.run([uv, "venv", "--quiet", "--allow-existing", environment], check=True)
    install = [uv, "pip", "sync", "--quiet", "--require-hashes", lock]
    subprocess.run([*install, "--python", environment / "bin" / "python"], check=True)
    return environment
