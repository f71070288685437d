"""What a service instance is called as the user of a user mapping: its name, made unique where two share one.

A name is unique in one space of Cloud Foundry only, and a login may see several spaces.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tenant.errors import ServiceInstanceUnknown
from tenant.service_keys.shapes import Instance

_SHORT = 8


def labels(instances: Sequence[Instance]) -> Mapping[str, str]:
    """What each instance is called, by guid: all different, whatever the names are."""
    shared = {name for name, times in Counter(i.name for i in instances).items() if times > 1}
    longest = max((len(i.guid) for i in instances), default=0)
    for length in range(_SHORT, longest + 1):
        called = {i.guid: f"{i.name} ({i.guid[:length]})" if i.name in shared else i.name for i in instances}
        if len(set(called.values())) == len(called):
            return called
    return {i.guid: i.name if i.name not in shared else i.guid for i in instances}


def instance_called(user: str, instances: Sequence[Instance]) -> Instance:
    """The instance of this label, guid, or name where only one has it. Raises `ServiceInstanceUnknown`."""
    called = labels(instances)
    for known in instances:
        if user in (called[known.guid], known.guid):
            return known
    named = [known for known in instances if known.name == user]
    if not named:
        raise ServiceInstanceUnknown(None, "", f"no instance of plan integration-flow that is seen is named {user}")
    raise ServiceInstanceUnknown(None, "", f"{user} can be {_listed(called[i.guid] for i in named)}")


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
