"""What a stage is given: references, never data. Everything else is in the plan, which lies in the evidence store."""

import json
from dataclasses import dataclass

from .evidence import Evidence, EvidenceRef
from .failures import BadParameters


@dataclass(frozen=True)
class StageInput:
    """One attempt at one stage of one release, with the plan that the release was started with."""

    model: str
    version: str
    step: int
    attempt: int
    plan_ref: EvidenceRef
    plan: dict

    @classmethod
    def read(cls, raw: dict, evidence: Evidence) -> "StageInput":
        plan_ref = EvidenceRef(**raw["planRef"])
        plan = json.loads(evidence.path(plan_ref).read_bytes())
        return cls(raw["model"], raw["version"], raw["step"], raw["attempt"], plan_ref, plan)

    @property
    def stage(self) -> dict:
        """The step of the plan: `name`, `stage`, `parameters`, `checks` and the rest."""
        return self.plan["steps"][self.step]

    @property
    def artifact(self) -> EvidenceRef:
        return EvidenceRef(**self.plan["artifact"])

    @property
    def signature(self) -> EvidenceRef:
        return EvidenceRef(**self.plan["signature"])

    def data(self, name: str) -> EvidenceRef:
        """A file of the release file's `data`, such as `validation`."""
        if name not in self.plan["data"]:
            raise BadParameters(f"the release file has no data called {name}; add it to spec.data as {{ path: FILE }}")
        return EvidenceRef(**self.plan["data"][name])
