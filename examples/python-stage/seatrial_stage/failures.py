"""Failures say that a stage could not be made. A model that is bad is a report whose verdict is `fail`, and no failure."""

from temporalio.exceptions import ApplicationError


class BadParameters(ApplicationError):
    """The release file asks for what this stage does not know. It is not tried again: the release is held for people."""

    def __init__(self, message: str):
        super().__init__(message, type="PlanInvalid", non_retryable=True)


class EvidenceMissing(ApplicationError):
    def __init__(self, message: str):
        super().__init__(message, type="ArtifactMissing", non_retryable=True)


class EvidenceChanged(ApplicationError):
    def __init__(self, message: str):
        super().__init__(message, type="DigestMismatch", non_retryable=True)
