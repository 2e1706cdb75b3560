"""What a user can do about a file that cannot be used; with real files of others in tests/cli/test_doctor_faults.py."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from asrd.server.access import access_remedy, user_name

pytestmark = pytest.mark.skipif(os.name == "nt", reason="files there tell no owner's number")


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "make room on that disk"),
        (errno.EDQUOT, "make room on that disk"),
        (errno.EROFS, "that disk takes no changes; choose another place"),
        (errno.ELOOP, ""),
    ],
)
def test_disks(number: int, remedy: str, tmp_path: Path) -> None:
    assert access_remedy(tmp_path, OSError(number, "said")) == remedy


def test_a_folder_of_ones_own_that_is_closed(tmp_path: Path) -> None:
    remedy = access_remedy(tmp_path / "my folder" / "a" / "b", PermissionError(errno.EACCES, "said"))
    assert remedy == f"let yourself in: chmod u+rwX {tmp_path}"
    (tmp_path / "my folder").mkdir()
    remedy = access_remedy(tmp_path / "my folder" / "a", PermissionError(errno.EPERM, "said"))
    assert remedy == f"let yourself in: chmod u+rwX '{tmp_path}/my folder'"


def test_the_folder_one_is_in_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.` itself cannot be looked at once it is closed."""
    monkeypatch.chdir(tmp_path)
    remedy = access_remedy(Path("gone"), PermissionError(errno.EACCES, "said"))
    assert remedy == f"let yourself in: chmod u+rwX {tmp_path}"


def test_a_folder_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in the home folder is taken back; what lies elsewhere is the other user's by right."""
    owner, me = user_name(os.getuid()), os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: me)
    refused = PermissionError(errno.EACCES, "said")
    assert access_remedy(tmp_path / "a", refused) == f"{tmp_path} belongs to the user {owner}: choose another place"
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    taken_back = f"{tmp_path} belongs to the user {owner}: sudo chown -R {me} {tmp_path}"
    assert access_remedy(tmp_path / "a", refused) == taken_back


def test_names_of_users() -> None:
    assert user_name(0) == "root"
    assert user_name(3_999_999_999) == "3999999999"
