"""Puts a service in place, and takes it away: files, the list of them, and what the manager is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from asrd.service import files
from asrd.service.errors import ServiceError
from asrd.service.files import Change, Step, digest_of
from asrd.service.filling import MARK
from asrd.service.interface import File, Manager, Part, Wish
from asrd.service.manifest import FILE_NAME, Manifest, load_manifest, manifest_content
from asrd.service.runner import Runner
from asrd.service.runs import RunRecord

_WORDS = {Change.NEW: "wrote", Change.CHANGED: "changed", Change.SAME: "unchanged"}
_PROGRAM = ("/asrd",)


class Installer:
    """Installs and removes with one manager."""

    def __init__(self, manager: Manager, runner: Runner, folder: Path, tell: Callable[[str], None]) -> None:
        """`folder`: the state folder; `tell` is given one line for each thing done, or that would be."""
        self._manager = manager
        self._runner = runner
        self._folder = folder
        self._tell = tell

    def install(self, wish: Wish, *, force: bool = False) -> None:
        """Write what is new or changed, and start. What was installed before stays a part of it.

        Raises:
            ServiceError: a file is in the way, or the manager refuses.
        """
        manifest = self._manifest(force=force)
        wish = self._manager.prepared(_joined(wish, manifest))
        steps = files.plan(self._manager.files(wish), manifest, force=force)
        folders = self._missing(steps, wish)
        self._tell_steps(steps, folders)
        changed = {step.file.path for step in steps if step.change is not Change.SAME}
        if not self._runner.is_dry:
            self._remember(wish, steps, manifest, folders)
            for folder in wish.writable:
                _make(folder)
            files.write(steps)
        self._manager.build(self._runner, changed)
        if not self._runner.is_dry:
            self._remember(wish, steps, manifest, folders)
            RunRecord(self._folder).forgive()
        self._manager.activate(wish, self._runner, has_changed=bool(changed))

    def uninstall(self, *, force: bool = False) -> bool:
        """Stop and remove what was installed; returns whether anything was.

        Raises:
            ServiceError: something was changed by hand, or the manager refuses.
        """
        manifest = self._manifest(force=force) or self._found()
        if manifest is None:
            return False
        files.check_removable(manifest, force=force)
        self._manager.deactivate(self._runner)
        for path in manifest.files if self._runner.is_dry else files.remove(manifest):
            self._tell(f"removed   {path}")
        self._manager.forgotten(self._runner)
        if not self._runner.is_dry:
            (self._folder / FILE_NAME).unlink(missing_ok=True)
            RunRecord(self._folder).remove()
            for folder in files.remove_folders(manifest):
                self._tell(f"removed   {folder}")
        return True

    def _manifest(self, *, force: bool) -> Manifest | None:
        try:
            return load_manifest(self._folder)
        except ServiceError:
            if not force:
                raise
            return None

    def _found(self) -> Manifest | None:
        """What lies where it would be installed and bears our mark, if the list of it was lost."""
        wish = Wish(program=_PROGRAM, parts=tuple(Part))
        ours = [path for path in (file.path for file in self._manager.files(wish)) if _is_marked(path)]
        if not ours:
            return None
        ours += [path for path in self._manager.products() if path.is_file()]
        return Manifest(self._manager.name, {path: digest_of(path.read_bytes()) for path in ours})

    def _missing(self, steps: Sequence[Step], wish: Wish) -> list[Path]:
        paths = [*(step.file.path for step in steps), *self._manager.products()]
        return files.missing_folders([*paths, *(folder / "file" for folder in wish.writable)])

    def _tell_steps(self, steps: Iterable[Step], folders: Iterable[Path]) -> None:
        for folder in folders:
            self._tell(f"made      {folder}")
        for step in steps:
            self._tell(f"{_WORDS[step.change]:9} {step.file.path}")
            if self._runner.is_dry and step.change is not Change.SAME:
                self._tell(step.file.content.decode())

    def _remember(self, wish: Wish, steps: Iterable[Step], before: Manifest | None, folders: Iterable[Path]) -> None:
        written = {step.file.path: digest_of(step.file.content) for step in steps}
        built = {path: digest_of(path.read_bytes()) for path in self._manager.products() if path.is_file()}
        manifest = Manifest(
            self._manager.name,
            {**(before.files if before else {}), **written, **built},
            tuple(dict.fromkeys([*(before.folders if before else ()), *folders])),
            wish.parts,
            wish.arguments,
        )
        path = self._folder / FILE_NAME
        files.write([Step(File(path, manifest_content(manifest), 0o600), Change.CHANGED)])


def _joined(wish: Wish, manifest: Manifest | None) -> Wish:
    parts = {*wish.parts, *(manifest.parts if manifest else ())}
    return replace(wish, parts=tuple(part for part in Part if part in parts))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(f"{folder} cannot be made ({error.strerror}), and the daemon writes there") from None


def _is_marked(path: Path) -> bool:
    try:
        return not path.is_symlink() and MARK.encode() in path.read_bytes()
    except OSError:
        return False
