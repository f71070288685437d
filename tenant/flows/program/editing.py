"""One edit of an opened flow, whatever it lies in, and the flow as it is afterwards. Nothing is written here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from process.facts import NamePair
from process.spelling import comparison
from tenant.flows.bundle import FlowFiles, open_bundle
from tenant.flows.content import ChannelChange, Edit, FilesEdit
from tenant.flows.editing import add_names, add_to_files, remove_from_files, remove_names
from tenant.flows.errors import PairNotListed
from tenant.flows.program.opening import OpenedFlow
from tenant.flows.reading import find_rows, read_files


@dataclass(frozen=True)
class EditedFlow:
    """An edit, proven: the whole zip, or the contents of the files that changed, by name."""

    opened: OpenedFlow
    after: FlowFiles
    changes: tuple[ChannelChange, ...]
    zip_bytes: bytes = b""
    contents: Mapping[str, bytes] = field(default_factory=dict)


def add(opened: OpenedFlow, old: NamePair, new: NamePair) -> EditedFlow:
    """List `new` beside `old`; raises a FlowRefused: PairNotListed where no channel in use lists either."""
    same, content = comparison(old, new), read_files(opened.files)
    if not find_rows(content, old, same) and not find_rows(content, new, same):
        raise PairNotListed(old.subject)
    if opened.root is None:
        return _of_zip(opened, add_names(opened.zip_bytes, old, new, same))
    return _of_files(opened, add_to_files(opened.files, old, new, same))


def remove(opened: OpenedFlow, old: NamePair, keep: NamePair) -> EditedFlow:
    """Remove `old` where `keep` stays; raises a FlowRefused."""
    same = comparison(old, keep)
    if opened.root is None:
        return _of_zip(opened, remove_names(opened.zip_bytes, old, keep, same))
    return _of_files(opened, remove_from_files(opened.files, old, keep, same))


def _of_zip(opened: OpenedFlow, edit: Edit) -> EditedFlow:
    return EditedFlow(opened, open_bundle(edit.zip_bytes).files, edit.changes, zip_bytes=edit.zip_bytes)


def _of_files(opened: OpenedFlow, edit: FilesEdit) -> EditedFlow:
    return EditedFlow(opened, opened.files.with_contents(edit.contents), edit.changes, contents=edit.contents)
