"""How far a stage is, as heartbeats: what people see of it, how a lost worker is told from a slow one, and how a stage hears that it was cancelled."""

import contextvars
import threading
from contextlib import contextmanager

from temporalio import activity

from .report import Metric, fields_of

# Half a minute of silence, and Seatrial takes the worker for lost.
REPEAT_SECONDS = 5


class Progress:
    """Where the stage is. Every call may end with temporalio's exception of a cancelled activity: let it pass."""

    def __init__(self, phases: list[str]):
        self.phases = phases
        self.now = {"done": 0, "total": 100 * len(phases), "phase": phases[0], "metrics": {}, "finished": {}}
        self.tell()

    def at(self, phase: str, share: float = 0.0) -> None:
        """This share of the phase is done, 0 to 1."""
        done = 100 * self.phases.index(phase) + int(100 * min(1.0, max(0.0, share)))
        self.now = self.now | {"phase": phase, "done": done}
        self.tell()

    def measured(self, metrics: dict[str, Metric]) -> None:
        self.now = self.now | {"metrics": {name: fields_of(metric) for name, metric in metrics.items()}}
        self.tell()

    def tell(self) -> None:
        activity.heartbeat(self.now)


@contextmanager
def progress(*phases: str):
    """Heartbeats while the block runs, also through a long call into a library."""
    one = Progress(list(phases))
    over = threading.Event()

    def repeat():
        while not over.wait(REPEAT_SECONDS):
            one.tell()

    # The activity that a thread belongs to is in its context.
    threading.Thread(target=contextvars.copy_context().run, args=(repeat,), daemon=True).start()
    try:
        yield one
    finally:
        over.set()
