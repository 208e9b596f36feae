"""`python -m papers`: a paper as JSON comes in, its PDF goes out. A process for one paper, with its limits.

Whoever orders papers starts it (`press`): words, fonts and Typst take 100 MB that no service should hold, and
what people typed is laid out where nothing else is to be reached.
"""

import resource
import sys
from typing import Final

import msgspec

from papers.typesetting import typeset
from papers.values import Paper

_CPU_SECONDS: Final = 10
_MEMORY_BYTES: Final = 1_500_000_000  # of addresses; fonts and Typst's own image are mapped


def main() -> None:
    """Typeset what is on standard input; a failure ends with a trace that quotes nothing of the paper."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    paper = msgspec.json.decode(sys.stdin.buffer.read(), type=Paper)
    sys.stdout.buffer.write(typeset(paper))


if __name__ == "__main__":
    main()
