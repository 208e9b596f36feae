"""Run the unit tests of the alert rules by promtool: `make alerts`.

promtool comes with Prometheus; no registry of ours has it as a package, so it has to be on the PATH.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

COMPONENT = Path(__file__).parents[3] / "deploy/k8s/components/monitoring"


def main() -> int:
    """promtool's exit code; 1 with a sentence where there is none."""
    promtool = shutil.which("promtool")
    if promtool is None:
        sys.stderr.write("promtool is not on the PATH: it comes with Prometheus (prometheus.io/download)\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        rules = yaml.safe_load((COMPONENT / "rules.yaml").read_text())["spec"]
        Path(folder, "rules.yaml").write_text(yaml.safe_dump(rules))
        shutil.copy(COMPONENT / "rules-test.yaml", folder)
        checks = (["check", "rules", "rules.yaml"], ["test", "rules", "rules-test.yaml"])
        return max(subprocess.run([promtool, *check], cwd=folder, check=False).returncode for check in checks)


if __name__ == "__main__":
    sys.exit(main())
