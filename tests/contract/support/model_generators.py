"""Models of the AsyncAPI document in TypeScript and Java, and what each language's compiler says."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tests.contract.support import npm
from tests.contract.support.npm import node

GENERATORS = Path(__file__).parent / "model_generators_npm"
SECONDS = 300
TYPESCRIPT = """\
{"compilerOptions": {"noEmit": true, "strict": true, "target": "es2022", "moduleResolution": "bundler",
                     "module": "es2022", "types": []}}
"""


class Models:
    """The models in `folder`, by language: `ts` and `java`, each a class by its name."""

    def __init__(self, folder: Path, document: str) -> None:
        self.folder = folder
        packages = npm.installed(GENERATORS, "model-generators") / "node_modules"
        (folder / "node_modules").symlink_to(packages)
        shutil.copy(GENERATORS / "generate.mjs", folder)
        made = _run([node(), "generate.mjs", "."], folder, document)
        assert made.returncode == 0, made.stderr
        self.names: Mapping[str, Sequence[str]] = msgspec.json.decode(made.stdout, type=dict[str, list[str]])

    def source(self, language: str, name: str) -> str:
        """The text of a model."""
        return (self.folder / language / f"{name}.{language}").read_text()

    def typescript_objections(self, program: str) -> Sequence[str]:
        """What tsc says of all models and of a program beside them."""
        (self.folder / "ts" / "program.ts").write_text(program)
        (self.folder / "ts" / "tsconfig.json").write_text(TYPESCRIPT)
        compiler = self.folder / "node_modules" / "typescript" / "bin" / "tsc"
        done = _run([node(), str(compiler), "--project", "ts"], self.folder)
        return done.stdout.splitlines()

    def java_objections(self, javac: str, program: str) -> Sequence[str]:
        """What javac says of all models and of a class `Program` beside them."""
        (self.folder / "java" / "Program.java").write_text(program)
        files = sorted(map(str, (self.folder / "java").glob("*.java")))
        done = _run([javac, "-d", str(self.folder / "classes"), *files], self.folder)
        return done.stderr.splitlines()


def _run(command: Sequence[str], folder: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, timeout=SECONDS, check=False
    )
