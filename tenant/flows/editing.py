"""Adding and removing a pair of names in a flow: plan, splice, prove; in an artifact zip also rebuild.

Nothing is given out that was not read again and compared; what would be changed is decided in `adding`
and `removing`.
"""

from process.facts import NamePair
from process.names import equal
from tenant.flows.adding import plan_add
from tenant.flows.bundle import Bundle, FlowFiles, open_bundle
from tenant.flows.content import ChannelChange, Edit, FilesEdit
from tenant.flows.plan import Plan
from tenant.flows.proof import prove, prove_files
from tenant.flows.reading import Same, locate
from tenant.flows.rebuild import rebuild
from tenant.flows.removing import plan_remove
from tenant.flows.splice import spliced


def add_names(zip_bytes: bytes, old: NamePair, new: NamePair, same: Same = equal) -> Edit:
    """List `new` beside `old` in every sender channel that authorises by certificate and lists `old`.

    Where `new` is listed already, or `old` is not, a channel stays as it is; without any change the same
    bytes come back. Raises a FlowRefused; the caller's bytes are never touched.
    """
    bundle = open_bundle(zip_bytes)
    return _carried_out(bundle, plan_add(locate(bundle.files), old, new, same))


def remove_names(zip_bytes: bytes, names: NamePair, keep: NamePair, same: Same = equal) -> Edit:
    """Remove `names` from every sender channel that authorises by certificate; each must list `keep`.

    Where `names` is not listed a channel stays as it is. Raises a FlowRefused: KeepMissing and LastRow
    where the removal could lock the sender out, and then no channel changes.
    """
    bundle = open_bundle(zip_bytes)
    return _carried_out(bundle, plan_remove(locate(bundle.files), names, keep, same))


def add_to_files(files: FlowFiles, old: NamePair, new: NamePair, same: Same = equal) -> FilesEdit:
    """As `add_names`, for a flow outside a zip."""
    return _in_files(files, plan_add(locate(files), old, new, same))


def remove_from_files(files: FlowFiles, names: NamePair, keep: NamePair, same: Same = equal) -> FilesEdit:
    """As `remove_names`, for a flow outside a zip."""
    return _in_files(files, plan_remove(locate(files), names, keep, same))


def _carried_out(bundle: Bundle, plan: Plan) -> Edit:
    contents = _contents(plan)
    if not contents:
        return Edit(bundle.archive.raw)
    result = rebuild(bundle.archive, contents)
    prove(plan, bundle.archive, result, contents)
    return Edit(result, _changes(plan))


def _in_files(files: FlowFiles, plan: Plan) -> FilesEdit:
    contents = _contents(plan)
    if not contents:
        return FilesEdit()
    prove_files(plan, files.with_contents(contents))
    return FilesEdit(contents, _changes(plan))


def _contents(plan: Plan) -> dict[str, bytes]:
    """The content of the files that change."""
    files, contents = plan.flow.files, {}
    if plan.splices:
        contents[files.iflw_name] = spliced(files.iflw_bytes, plan.splices)
    if plan.values and files.parameters_name is not None:
        contents[files.parameters_name] = spliced(files.parameter_bytes, plan.parameter_splices)
    return contents


def _changes(plan: Plan) -> tuple[ChannelChange, ...]:
    changes = []
    for index, located in enumerate(plan.flow.channels):
        before, after = located.channel.rows, plan.expected_rows(index)
        if index in plan.cells or before != after:
            notes = tuple(plan.notes.get(index, ()))
            changes.append(ChannelChange(located.channel, before, after, notes))
    return tuple(changes)
