"""A link from one page of the repository to another leads to a file that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ELSEWHERE = re.compile(r"(^|/)(\.|node_modules/)")
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "*/*/README.md", "deploy/*/*/README.md")
    for path in ROOT.glob(pattern)
    if not _ELSEWHERE.search(str(path.relative_to(ROOT)))
)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#([^)\s]+))?\)|\]\(#([^)\s]+)\)")


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The fragments of a page's headings, as a forge makes them."""
    titles = re.findall(r"^#+ (.+)$", without_code(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dangling(page: Path) -> list[str]:
    """The links of a page that lead nowhere; addresses of other sites are not asked."""
    found: list[str] = []
    for path, fragment, own in _LINK.findall(without_code(page.read_text())):
        if "://" in path or path.startswith("mailto:"):
            continue
        target = (page.parent / path).resolve() if path else page
        wanted = fragment or own
        if not target.exists() or (wanted and target.suffix == ".md" and wanted not in anchors(target)):
            found.append(f"{path}#{wanted}")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert dangling(page) == []


def test_a_link_to_a_missing_file_or_heading_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One, and two\n[a](gone.md) [b](#one-and-two) [c](#three) [d](page.md#four)\n")
    assert dangling(page) == ["gone.md#", "#three", "page.md#four"]
