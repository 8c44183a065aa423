"""The worker of the stage `crew-cost`:  EVIDENCE_DIR=FOLDER python worker.py

It polls the task queue `crew` (TASK_QUEUE) until SIGTERM or SIGINT; a stage that is running then has half a minute to end. Where
Temporal is, TEMPORAL_ADDRESS and its relatives say, or a profile of temporal.toml, as for Seatrial's own workers.
"""

import asyncio
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker

from crew_cost import CrewCost
from seatrial_stage import Evidence

# Each holds a model and its rows in memory.
AT_ONCE = 2
# Unless told otherwise, the SDK keeps heartbeats back for 24 s: people would see old progress, and a cancellation be heard late.
HEARTBEATS = timedelta(seconds=1)


async def main() -> None:
    folder = os.environ.get("EVIDENCE_DIR")
    if not folder or not os.path.isdir(folder):
        sys.exit(f"EVIDENCE_DIR is {folder or 'not set'}; set it to the folder of evidence that Seatrial's workers use")
    connection = {"target_host": "localhost:7233"} | ClientConfig.load_client_connect_config()
    address = connection["target_host"]
    queue = os.environ.get("TASK_QUEUE", "crew")
    try:
        client = await Client.connect(**connection)
    except RuntimeError as error:
        sys.exit(f"Temporal does not answer at {address} ({error}); set TEMPORAL_ADDRESS")
    over = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, over.set)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        worker = Worker(
            client,
            task_queue=queue,
            activities=[CrewCost(Evidence(folder)).run],
            activity_executor=threads,
            max_concurrent_activities=AT_ONCE,
            max_heartbeat_throttle_interval=HEARTBEATS,
            graceful_shutdown_timeout=timedelta(seconds=30),
        )
        async with worker:
            print(f"polls the task queue {queue} at {address}", flush=True)
            await over.wait()


asyncio.run(main())
