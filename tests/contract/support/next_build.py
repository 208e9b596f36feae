"""The build after this one: a copy of a service with one migration more, which only adds."""

import shutil
from pathlib import Path

from chassis.database.revisions import newest_revision, number_of

from tests.contract.support.kubernetes_manifests import ROOT

_ADDS = '''"""What the next release needs."""

from alembic import op

revision = "{revision}"
down_revision = "{former}"


def upgrade() -> None:
    """Add a table that no build of today knows."""
    op.execute("CREATE TABLE of_the_next_release (id text PRIMARY KEY)")
'''


def next_build(package: str, folder: Path) -> tuple[str, str]:
    """Write it below `folder`. Returns the value of PYTHONPATH that runs it, and its newest revision."""
    source = ROOT / "services" / package.replace("_", "-") / "src" / package
    shutil.copytree(source, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    former = newest_revision(package)
    revision = f"{number_of(former) + 1:04}"
    added = folder / package / "migrations" / "versions" / f"{revision}_next.py"
    added.write_text(_ADDS.format(revision=revision, former=former))
    return str(folder), revision
