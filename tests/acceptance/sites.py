"""Run simulated sites in a process of their own: options by site as JSON in, addresses by site as JSON out."""

import asyncio
import json
import signal
import sys

from dreambridge.simulator.server import SimulatorServer
from dreambridge.simulator.settings import SimulatorOptions


async def main(options: dict[str, dict[str, object]]) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    servers = {site: SimulatorServer(SimulatorOptions(**row)) for site, row in options.items()}  # type: ignore[arg-type]
    addresses = {site: await server.start() for site, server in servers.items()}
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()
    await stopped.wait()
    for server in servers.values():
        await server.stop()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
