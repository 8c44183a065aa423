"""Stages that answer with anything but a report, in a real worker: ADDRESS QUEUE FOLDER. Where one is cancelled, FOLDER/cancelled says so."""

import asyncio
import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import CancelledError
from temporalio.worker import Worker

ADDRESS, QUEUE, FOLDER = sys.argv[1:]
GOOD = {"stage": "odd", "verdict": "pass", "summary": "fine", "checks": [], "metrics": {}, "evidence": [], "seconds": 0.1}
CHECK = {"name": "rule", "metric": "share", "verdict": "fail", "severity": "blocking", "reason": "share is 0.9"}
DIGEST = {"name": "a.json", "sha256": "ABC", "bytes": 1, "mediaType": "application/json"}

ANSWERS = {
    "nothing": None,
    "list": [1, 2],
    "text": "pass",
    "bytes": b"\x80\x02pickle",
    "nan": GOOD | {"metrics": {"auc": {"value": math.nan, "unit": "1"}}},
    "null-metric": GOOD | {"metrics": {"auc": {"value": None, "unit": "1"}}},
    "bare-metric": GOOD | {"metrics": {"auc": 0.7}},
    "no-verdict": {name: value for name, value in GOOD.items() if name != "verdict"},
    "ok": GOOD | {"verdict": "ok"},
    "contradiction": GOOD | {"checks": [CHECK]},
    "wrong-digest": GOOD | {"evidence": [DIGEST]},
    "huge": GOOD | {"summary": "x" * 150_000},
}


def answering(name: str):
    @activity.defn(name=name)
    def answer(_: dict):
        return ANSWERS[name]

    return answer


@activity.defn(name="raises")
def raises(_: dict):
    raise ValueError("the table has no column late; " + "y" * 100_000)


@activity.defn(name="unjudged")
def unjudged(_: dict):
    """A report without the checks of the release file."""
    return GOOD | {"metrics": {"auc": {"value": 0.5, "unit": "1", "samples": 10}}}


@activity.defn(name="slow")
def slow(_: dict):
    try:
        for _ in range(600):
            activity.heartbeat({"done": 1, "total": 100, "phase": "waiting", "metrics": {}, "finished": {}})
            time.sleep(0.1)
    except CancelledError:
        Path(FOLDER, "cancelled").touch()
        raise


async def main():
    client = await Client.connect(ADDRESS)
    activities = [*(answering(name) for name in ANSWERS), raises, unjudged, slow]
    with ThreadPoolExecutor(4) as threads:
        often = timedelta(seconds=1)
        async with Worker(
            client, task_queue=QUEUE, activities=activities, activity_executor=threads, max_heartbeat_throttle_interval=often
        ):
            await asyncio.Event().wait()


asyncio.run(main())
