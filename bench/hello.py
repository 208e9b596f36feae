"""`python -m bench.hello PORT`: what a FastAPI route behind the house's own middleware answers at best.

The environment is that of a service's web process; as there, nothing exports traces.
"""

import asyncio
import sys
from typing import Final

import uvicorn
from chassis.process.service import server_config
from chassis.settings import ServiceSettings
from chassis.settings.base import load
from chassis.web import create_app

PATH: Final = "/hello"


async def hello() -> dict[str, str]:
    """The smallest answer in JSON."""
    return {"hello": "world"}


def main(port: int) -> None:
    """Serve until ended."""
    settings = load(ServiceSettings)
    app = create_app("hello", settings, checks={})
    app.add_api_route(PATH, hello)
    asyncio.run(uvicorn.Server(server_config(app, "127.0.0.1", port)).serve())


if __name__ == "__main__":
    main(int(sys.argv[1]))
