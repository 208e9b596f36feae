"""The language form leads back to the page that it was on, and nowhere else."""

from typing import cast

import pytest
from portal_read.context import Context
from portal_read.http.files import is_inside, language
from starlette.requests import Request
from starlette.types import Scope

ROOT = "/portal/sample"


@pytest.mark.parametrize(
    "path", [ROOT, f"{ROOT}/invoices", f"{ROOT}/invoices/in-1?before=in-2", f"{ROOT}/a..b"]
)
def test_pages_of_this_portal_are_inside(path: str) -> None:
    assert is_inside(ROOT, path)


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/portal", "/portal/other", f"{ROOT}-2", "portal/sample", "/auth/sample"),
        *(
            "https://evil.example",
            "//evil.example",
            f"/{ROOT}",
            f"{ROOT}//evil.example",
            "javascript:alert(1)",
        ),
        *(f"{ROOT}/../other", f"{ROOT}/..", f"{ROOT}/%2e%2e/other", f"{ROOT}/.%2E/other", f"{ROOT}/%2E."),
        *(f"{ROOT}\\..\\other", f"{ROOT}/a\r\nSet-Cookie: a=b", f"{ROOT}/\t/x"),
    ],
)
def test_everything_else_is_outside(path: str) -> None:
    assert not is_inside(ROOT, path)


async def test_the_language_is_kept_where_no_other_host_of_the_domain_can_put_one() -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"locale=ja"}

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    scope["path_params"] = {"slug": "sample"}
    answer = await language(cast("Context", None), Request(scope, receive))
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-lang=ja;")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
