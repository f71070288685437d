"""What people can do: one act per step that carries one, and the acts beyond the ten steps.

An act is the name of a message, who may send it and what it says. `Request` is one act of one person.
Whether it is allowed now is `process.check`; what it changes is `process.write`.
"""

from dataclasses import dataclass

from process.steps import STEPS, Role

_PEOPLE = (Role.SENDER_ADMINISTRATOR, Role.TENANT_ADMINISTRATOR, Role.INTEGRATION_DEVELOPER)
_ALL = (*_PEOPLE, Role.OPERATOR)


@dataclass(frozen=True)
class Act:
    """A kind of message: its name (the Temporal signal and update), who may send it, its step if any."""

    name: str
    roles: tuple[Role, ...]
    what: str
    step: str | None = None


_STEP_ACTS = tuple(
    Act(step.act, (step.role,), f"Step {step.id}: the {step.role.words} {step.what}.", step.id)
    for step in STEPS
    if step.act
)

_OTHER_ACTS = (
    Act(
        "return_certificate",
        (Role.TENANT_ADMINISTRATOR,),
        "The tenant administrator returns the certificate with a reason; step 2 opens again.",
    ),
    Act(
        "withdraw",
        (Role.SENDER_ADMINISTRATOR, Role.TENANT_ADMINISTRATOR),
        "Ends the renewal and takes back all that was added to the tenant, while that is safe.",
    ),
    Act(
        "switch_back",
        (Role.SENDER_ADMINISTRATOR,),
        "The sender administrator reports that the sender uses the old certificate again; step 7 opens again.",
    ),
    Act("comment", _ALL, "Puts a remark on the record; changes nothing."),
    Act("delegate", _PEOPLE, "Names a further person for the role of the one who delegates."),
    Act(
        "override",
        (Role.TENANT_ADMINISTRATOR,),
        "Lifts one guard of this renewal, with a reason and the typed name of the sender; stays on the record.",
    ),
)


def rests_on_facts(act: Act) -> bool:
    """True for acts that are decided on what a person is shown.

    What the sender administrator reports is so, whatever the tenant holds; a remark or a name decides nothing.
    """
    return act.roles != (Role.SENDER_ADMINISTRATOR,) and act.name not in ("comment", "delegate")


ACTS: dict[str, Act] = {act.name: act for act in _STEP_ACTS + _OTHER_ACTS}


@dataclass(frozen=True)
class Request:
    """One act of one person. `request_id` makes a repetition recognisable.

    The fields after `role` are the content; each act reads its own and the message classes of
    `workflows.messages` let no other in.
    """

    act: str
    request_id: str
    by: str
    role: Role
    certificate: str = ""
    """PEM blocks of type CERTIFICATE, leaf and chain (step 2)."""
    holds: str = ""
    """How many certificates the sending system can keep at once: "one" or "two" (step 2)."""
    nodes: int = 0
    """How many nodes of the sending system present the certificate; 0 is not said (step 2)."""
    root_confirmed: str = ""
    """How the tenant administrator knows that the load balancer trusts the root (steps 3 and 6)."""
    decided: str = ""
    """Why a certificate is taken that needs a person's decision (steps 3 and 6)."""
    seen: str = ""
    """The digest of what the person was shown; where it is another by now, the act is refused."""
    pinned: str = ""
    """What the person saw in the cockpit of service keys: "pinned" or "not pinned" (steps 4b and 9b)."""
    by_hand: bool = False
    """The person changed the tenant by hand; it is checked, not changed (steps of kind done)."""
    text: str = ""
    """The reason, or the comment."""
    to: str = ""
    """Who gets the role (delegate)."""
    guard: str = ""
    """The guard to lift (override)."""
    sender: str = ""
    """The name of the sender, typed by the person (override)."""
