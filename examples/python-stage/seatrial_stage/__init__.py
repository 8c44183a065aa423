"""What a stage in Python needs to speak with Seatrial: its input, the report that it gives back, evidence, and progress.

Copy this folder beside your own stage; it needs `temporalio` and nothing else. docs/custom-stages.md has the contract in words.
"""

from .evidence import Evidence, EvidenceRef
from .failures import BadParameters
from .given import StageInput
from .progress import progress
from .report import Check, Metric, finish

__all__ = ["BadParameters", "Check", "Evidence", "EvidenceRef", "Metric", "StageInput", "finish", "progress"]
