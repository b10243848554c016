"""
Who PostgreSQL runs as. It refuses root, so root needs a way to not be root that keeps data and binaries reachable.

Makes no operating-system user and opens no folder's permissions.
"""

import hashlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from hvacsched.embedded import processes
from hvacsched.embedded.errors import EmbeddedError
from hvacsched.embedded.processes import Identity

SHARED_STATE = Path("/var/lib/hvacsched-embedded")


@dataclass(frozen=True)
class Seat:
    """The identity of the server and the folder where it can keep its data."""

    identity: Identity
    data: Path


def choose(wanted: Path) -> Seat:
    if os.geteuid() != 0:
        if wanted.exists() and wanted.stat().st_uid != os.geteuid():
            raise EmbeddedError(f"{wanted} belongs to another user. Run as that user, or set HVACSCHED_DATA to another folder.")
        return Seat(Identity(), wanted)
    owner = (wanted if wanted.exists() else wanted.parent).stat()
    if owner.st_uid != 0:
        return Seat(Identity(f"user:{owner.st_uid}:{owner.st_gid}"), wanted.resolve())
    # In a user namespace root stays the owner of its files, while the server sees itself as somebody else.
    ordinary = _ordinary_user()
    namespace = Identity(f"namespace:{ordinary.pw_uid}:{ordinary.pw_gid}")
    if os.environ.get("HVACSCHED_EMBEDDED_NAMESPACE") != "never" and works(namespace):
        return Seat(namespace, wanted)
    user = Identity(f"user:{ordinary.pw_uid}:{ordinary.pw_gid}")
    if not works(user):
        raise EmbeddedError(
            "PostgreSQL does not run as root, and here root may neither enter a user namespace nor change to "
            f"the user {ordinary.pw_name}. Run as an ordinary user, or set DATABASE_URL."
        )
    return Seat(user, wanted if _reachable(wanted.parent, ordinary.pw_uid) else _outside(wanted))


def works(identity: Identity) -> bool:
    return processes.run(["true"], identity=identity).returncode == 0


def _ordinary_user() -> pwd.struct_passwd:
    """PostgreSQL looks its user up by number, so it must be one that has a name."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    for entry in pwd.getpwall():
        if entry.pw_uid != 0:
            return entry
    raise EmbeddedError("PostgreSQL does not run as root and this machine has no other user. Set DATABASE_URL.")


def _reachable(folder: Path, uid: int) -> bool:
    for level in (folder.resolve(), *folder.resolve().parents):
        entry = level.stat()
        if not entry.st_mode & (0o100 if entry.st_uid == uid else 0o001):
            return False
    return True


def _outside(wanted: Path) -> Path:
    """Data of a user who cannot reach the data folder: beside it in the system, with a link where one would look."""
    SHARED_STATE.mkdir(mode=0o711, exist_ok=True)
    place = SHARED_STATE / hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:16]
    if not wanted.is_symlink():
        wanted.symlink_to(place)
    return place
