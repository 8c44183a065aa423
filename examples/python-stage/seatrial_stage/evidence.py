"""The evidence store: a folder in which each file lies under its own digest, `aa/bb/<sha256>`."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .failures import EvidenceChanged, EvidenceMissing

CHUNK = 1 << 20


@dataclass(frozen=True)
class EvidenceRef:
    """An immutable file. `sha256` is lower-case hex, 64 characters; `name` is what people call it."""

    name: str
    sha256: str
    bytes: int
    mediaType: str


class Evidence:
    def __init__(self, folder: str | Path):
        self.folder = Path(folder)

    def path(self, ref: EvidenceRef) -> Path:
        """The file, after its bytes were compared with its digest. It is for reading only."""
        file = self._place(ref.sha256)
        if not file.is_file():
            raise EvidenceMissing(
                f"{ref.name} ({ref.sha256[:12]}) is not in {self.folder}; is EVIDENCE_DIR the folder that Seatrial's workers use?"
            )
        found = hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                found.update(chunk)
        if found.hexdigest() != ref.sha256:
            raise EvidenceChanged(f"{ref.name}: {file} has the digest {found.hexdigest()}")
        return file

    def put(self, content: bytes, name: str, media_type: str) -> EvidenceRef:
        """Keeps bytes under their digest. A reader sees a whole file or none: it gets its name when it is on the disk."""
        digest = hashlib.sha256(content).hexdigest()
        target = self._place(digest)
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self.folder / "tmp")
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o444)
        os.replace(temporary, target)
        return EvidenceRef(name, digest, len(content), media_type)

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest[2:4] / digest
