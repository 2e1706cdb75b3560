"""Takes the files of a model out of a zip file that nobody has looked into yet.

The list of members is judged as a whole before anything is written: a path that leads out, a link, a device, encryption
or two members of one name refuse the archive. Then only the files that the manifest knows are written, under the names
that the manifest gives, with exactly the length and the checksum that it gives; so a member that unpacks to more than
it should is stopped at its first byte too many.
"""

from __future__ import annotations

import errno
import hashlib
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from asrd.store.errors import StoreError
from asrd.store.manifest import StoredFile

_MAX_MEMBERS: Final = 1000
_READ_BYTES: Final = 1 << 20
_ENCRYPTED: Final = 0x1
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def unpack(
    path: Path, files: Iterable[StoredFile], folder: Path, progress: Callable[[int], None] = lambda _bytes: None
) -> None:
    """Write `files` from the archive into `folder`; `progress` is called with each number of bytes written.

    Raises:
        StoreError: the archive is damaged, or holds something that it should not.
        OSError: a file cannot be written.
    """
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            members = _checked(archive.infolist())
            for file in files:
                named = members.get(file.path, [])
                if len(named) != 1:
                    raise _refused(f"has {len(named) or 'no'} files {file.path}")
                _unpack_one(archive, named[0], file, folder / file.path, progress)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _refused(f"is damaged ({error})") from None
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise _refused("is damaged (it points to a place before its beginning)") from None


def _checked(members: list[zipfile.ZipInfo]) -> Mapping[str, list[zipfile.ZipInfo]]:
    """Base name -> members, of all that are files."""
    if len(members) > _MAX_MEMBERS:
        raise _refused(f"has {len(members)} members, more than {_MAX_MEMBERS}")
    found: dict[str, list[zipfile.ZipInfo]] = {}
    seen: set[str] = set()
    for member in members:
        parts = _parts(member)
        if member.filename.casefold() in seen:
            raise _refused(f"has two members {member.filename!r}")
        seen.add(member.filename.casefold())
        if not member.is_dir():
            found.setdefault(parts[-1], []).append(member)
    return found


def _parts(member: zipfile.ZipInfo) -> list[str]:
    """The path of a member that may be there."""
    # `orig_filename`: what follows a NUL is cut off from `filename`; and both kinds of slashes are judged.
    name = member.orig_filename
    parts = name.replace("\\", "/").split("/")
    if not name.isprintable() or not parts[0] or ".." in parts or ":" in parts[0]:
        raise _refused(f"has a member whose path leads out of it ({name!r})")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused(f"has a member that is neither file nor folder ({name!r})")
    if member.flag_bits & _ENCRYPTED:
        raise _refused(f"has an encrypted member ({name!r})")
    return parts


def _unpack_one(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    file: StoredFile,
    target: Path,
    progress: Callable[[int], None],
) -> None:
    if member.file_size != file.size_bytes:
        raise _refused(f"has {file.path} of {member.file_size} bytes instead of {file.size_bytes}")
    if member.compress_type not in _METHODS:
        raise _refused(f"has {file.path} in a compression that is not known ({member.compress_type})")
    digest, left = hashlib.sha256(), file.size_bytes
    with archive.open(member) as source, target.open("xb") as written:
        while block := source.read(min(_READ_BYTES, left + 1)):
            left -= len(block)
            if left < 0:
                raise _refused(f"has more of {file.path} than the {file.size_bytes} bytes it should have")
            digest.update(block)
            written.write(block)
            progress(len(block))
    if left or digest.hexdigest() != file.sha256:
        raise _refused(f"has another {file.path} than the one published")


def _refused(reason: str) -> StoreError:
    return StoreError(f"the archive {reason}: nothing of it is used; take another model (`asrd model list`)")
