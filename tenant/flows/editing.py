"""Adding and removing a pair of names in an artifact zip: plan, splice, rebuild, prove.

Nothing is given out that was not read again and compared; what would be changed is decided in `adding`
and `removing`.
"""

from process.facts import NamePair
from process.names import equal
from tenant.flows.adding import plan_add
from tenant.flows.content import ChannelChange, Edit
from tenant.flows.plan import Plan
from tenant.flows.proof import prove
from tenant.flows.reading import Same, locate
from tenant.flows.rebuild import rebuild
from tenant.flows.removing import plan_remove
from tenant.flows.splice import spliced


def add_names(zip_bytes: bytes, old: NamePair, new: NamePair, same: Same = equal) -> Edit:
    """List `new` beside `old` in every sender channel that authorises by certificate and lists `old`.

    Where `new` is listed already, or `old` is not, a channel stays as it is; without any change the same
    bytes come back. Raises a FlowRefused; the caller's bytes are never touched.
    """
    flow = locate(zip_bytes)
    return _carried_out(zip_bytes, plan_add(flow, old, new, same))


def remove_names(zip_bytes: bytes, names: NamePair, keep: NamePair, same: Same = equal) -> Edit:
    """Remove `names` from every sender channel that authorises by certificate; each must list `keep`.

    Where `names` is not listed a channel stays as it is. Raises a FlowRefused: KeepMissing and LastRow
    where the removal could lock the sender out, and then no channel changes.
    """
    flow = locate(zip_bytes)
    return _carried_out(zip_bytes, plan_remove(flow, names, keep, same))


def _carried_out(zip_bytes: bytes, plan: Plan) -> Edit:
    if not plan.splices and not plan.values:
        return Edit(zip_bytes)
    bundle = plan.flow.bundle
    contents = {}
    if plan.splices:
        contents[bundle.iflw.name] = spliced(bundle.iflw_bytes, plan.splices)
    if plan.values and bundle.parameters is not None:
        contents[bundle.parameters.name] = spliced(bundle.parameter_bytes, plan.parameter_splices)
    result = rebuild(bundle.archive, contents)
    prove(plan, result, contents)
    return Edit(result, _changes(plan))


def _changes(plan: Plan) -> tuple[ChannelChange, ...]:
    changes = []
    for index, located in enumerate(plan.flow.channels):
        before, after = located.channel.rows, plan.expected_rows(index)
        if index in plan.cells or before != after:
            notes = tuple(plan.notes.get(index, ()))
            changes.append(ChannelChange(located.channel, before, after, notes))
    return tuple(changes)
