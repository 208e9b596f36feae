"""No service makes a link of the platform's origin by itself: a business may be at a domain of its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASKED = {"origin_of", "origin_at", "host_of", "is_found_at"}
OF_NO_BUSINESS = {
    "services/portal-read/src/portal_read/http/files.py": 1,
    "services/notifier/src/notifier/handlers/deliver.py": 1,
    "services/notifier/src/notifier/http.py": 2,
}
"""The addresses of security.txt, and of what Twilio reports, are the platform's, whoever asks."""


def uses(tree: ast.AST) -> Iterator[bool]:
    """Of each use of the setting, whether it is handed to what knows of domains."""
    handed = {
        id(argument)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ASKED
        for argument in call.args
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "public_origin":
            yield id(node) in handed


def test_the_origin_of_the_platform_is_used_through_what_knows_of_domains_alone() -> None:
    by_file = {
        str(path.relative_to(ROOT)): list(uses(ast.parse(path.read_text())))
        for path in ROOT.glob("services/*/src/**/*.py")
    }
    assert sum(map(len, by_file.values())) > len(OF_NO_BUSINESS)
    bare = {path: handed.count(False) for path, handed in by_file.items() if False in handed}
    assert bare == OF_NO_BUSINESS


def test_a_link_made_by_hand_is_found_out() -> None:
    by_hand = ast.parse('link = f"{ctx.settings.public_origin}/portal/{business.slug}"')
    assert list(uses(by_hand)) == [False]
    assert list(uses(ast.parse("origin_of(business, ctx.settings.public_origin)"))) == [True]
