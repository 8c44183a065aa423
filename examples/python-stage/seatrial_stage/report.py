"""A stage's small result. Anything large is evidence, and named in it by digest."""

import json
import math
import time
from dataclasses import asdict, dataclass

from .evidence import Evidence, EvidenceRef
from .given import StageInput

# A stage is as good as its worst blocking check: fail, then error, then inconclusive, then pass.
VERDICTS = ["fail", "error", "inconclusive", "pass"]


@dataclass(frozen=True)
class Metric:
    """`value` is finite, or the metric is left out. `lower` and `upper` are a 95 % interval."""

    value: float
    unit: str = "1"
    samples: int | None = None
    lower: float | None = None
    upper: float | None = None

    def __post_init__(self):
        for name in ("value", "lower", "upper"):
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise ValueError(f"the metric's {name} is {number}; leave out what could not be measured")


@dataclass(frozen=True)
class Check:
    """A check that the stage makes by itself. Those of the release file are made by Seatrial, from the metrics."""

    name: str
    metric: str
    verdict: str  # one of VERDICTS
    reason: str  # one sentence with numbers and units
    severity: str = "blocking"  # or warning: shown, and stops nothing


def finish(
    evidence: Evidence,
    given: StageInput,
    started: float,
    headline: str,
    metrics: dict[str, Metric],
    checks: list[Check],
    details: dict,
) -> dict:
    """Writes all that was found as evidence, and answers with the report. `started` is the `time.monotonic()` of the beginning."""
    blocking = [check for check in checks if check.severity == "blocking"]
    verdict = next((one for one in VERDICTS if any(check.verdict == one for check in blocking)), "pass")
    decisive = [check for check in blocking if check.verdict == verdict != "pass"]
    report = {
        "stage": given.stage["name"],
        "verdict": verdict,
        "summary": f"{decisive[0].name}: {decisive[0].reason}" if decisive else headline,
        "checks": [asdict(check) for check in checks],
        "metrics": {name: fields_of(metric) for name, metric in metrics.items()},
        "seconds": round(time.monotonic() - started, 3),
    }
    about = {"model": given.model, "version": given.version, "step": given.step, "attempt": given.attempt}
    whole = {"schema": 1, **about, "planRef": asdict(given.plan_ref), **report, "evidence": [], "details": details}
    content = json.dumps(whole, indent=1, allow_nan=False).encode() + b"\n"
    ref = evidence.put(content, f"{given.stage['name']}-report.json", "application/json")
    return report | {"evidence": [asdict(ref)]}


def fields_of(metric: Metric) -> dict:
    return {name: value for name, value in asdict(metric).items() if value is not None}
