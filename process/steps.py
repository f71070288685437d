"""The process as a table: SAP's ten steps (help page 2d3cae7), in our words.

What may live here: roles, kinds, conditions and the rows. What may not: any logic beyond the order that the
numbers give. Everything else (acts, messages, views, documents) is made from this table.
"""

from dataclasses import dataclass
from enum import StrEnum

TABLE_VERSION = 1
"""Written into each case; a later table keeps the rows of a case that began under an earlier one."""


class Role(StrEnum):
    """Who takes part. A role is what a person acts as, never who the person is."""

    SENDER_ADMINISTRATOR = "sender-administrator"
    TENANT_ADMINISTRATOR = "tenant-administrator"
    INTEGRATION_DEVELOPER = "integration-developer"
    OPERATOR = "operator"

    @property
    def words(self) -> str:
        """The role as a person reads it."""
        return self.value.replace("-", " ")


class Kind(StrEnum):
    """How a step comes about."""

    SAID = "said"  # happens outside, a person says so
    GIVEN = "given"  # handed over with content, judged, accepted or returned
    DONE = "done"  # a person orders it and we change the tenant, or did it by hand and we check


class Condition(StrEnum):
    """When a step is needed."""

    ALWAYS = "always"
    NAMES = "names change, and a channel lists names"
    MAPPING = "a user mapping holds the old certificate"


@dataclass(frozen=True)
class Step:
    """One row: `id` is the number with its letter, `act` the message that carries it (none for step 1)."""

    id: str
    role: Role
    kind: Kind
    condition: Condition
    act: str | None
    what: str

    @property
    def number(self) -> int:
        """The place in the order: a smaller number comes first, the same number goes side by side."""
        return int(self.id.rstrip("ab"))


_SENDER, _TENANT, _DEVELOPER = (
    Role.SENDER_ADMINISTRATOR,
    Role.TENANT_ADMINISTRATOR,
    Role.INTEGRATION_DEVELOPER,
)
_SAID, _GIVEN, _DONE = Kind.SAID, Kind.GIVEN, Kind.DONE
_ALWAYS, _NAMES, _MAPPING = Condition.ALWAYS, Condition.NAMES, Condition.MAPPING

# fmt: off
STEPS: tuple[Step, ...] = (
    Step("1", _SENDER, _SAID, _ALWAYS, None,
         "makes a new key pair and certificate; handing it over in step 2 says so"),
    Step("2", _SENDER, _GIVEN, _ALWAYS, "sender_submits_certificate",
         "hands over the new certificate and its chain, which is accepted or returned with reasons"),
    Step("3", _TENANT, _SAID, _NAMES, "tenant_admin_forwards_names",
         "confirms the load balancer root and passes the new names on to the integration developer"),
    Step("4a", _DEVELOPER, _DONE, _NAMES, "developer_adds_names",
         "adds the new names beside the old ones in each sender channel and redeploys"),
    Step("4b", _TENANT, _DONE, _MAPPING, "tenant_admin_adds_user_mapping",
         "adds a user mapping of the new certificate for the same user"),
    Step("5", _DEVELOPER, _SAID, _NAMES, "developer_reports_ready",
         "reports that the channels are ready"),
    Step("6", _TENANT, _SAID, _ALWAYS, "tenant_admin_releases_sender",
         "tells the sender administrator that the new certificate can be used"),
    Step("7", _SENDER, _SAID, _ALWAYS, "sender_switches",
         "switches the sending system to the new certificate"),
    Step("8", _SENDER, _SAID, _ALWAYS, "sender_confirms_switch",
         "reports that the sending system uses the new certificate"),
    Step("9a", _TENANT, _SAID, _NAMES, "tenant_admin_releases_cleanup",
         "tells the integration developer that the old names can go"),
    Step("9b", _TENANT, _DONE, _MAPPING, "tenant_admin_removes_user_mapping",
         "removes the user mapping of the old certificate"),
    Step("10", _DEVELOPER, _DONE, _NAMES, "developer_removes_names",
         "removes the old names from each sender channel and redeploys"),
)
# fmt: on

BY_ID: dict[str, Step] = {step.id: step for step in STEPS}


def table() -> str:
    """The steps as a Markdown table, for README and documents; a test compares them with this."""
    head = "| Step | Who | Kind | Only if | What |\n|---|---|---|---|---|\n"
    rows = (
        f"| {s.id} | {s.role.words} | {s.kind} | "
        f"{'' if s.condition is Condition.ALWAYS else s.condition} | {s.what} |"
        for s in STEPS
    )
    return head + "\n".join(rows) + "\n"
