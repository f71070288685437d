"""The messages that people send to a renewal, one strict object each, and how a raw one becomes a request.

Fields beyond those named here are refused. Which act is allowed when is `process.check`.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from temporalio import workflow
from temporalio.common import RawValue

from certificates.errors import SecretRefused
from certificates.key_material import refuse_secrets
from process.acts import ACTS, Request
from process.refusals import BadMessage
from process.steps import Role

_BLOCK = r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----"

Text = Annotated[str, Field(max_length=4000)]
PemChain = Annotated[str, Field(max_length=1_000_000, pattern=rf"^\s*({_BLOCK}\s*)+$")]
"""Only blocks of type CERTIFICATE get in: anything else beside them could be a private key."""


MOST_BYTES = 1_200_000
"""Of one raw message. The server keeps an accepted update as an event and takes none above 2 MB."""

_FIELD_NAME = re.compile(r"[a-z_]{1,40}")


class Message(BaseModel):
    """What every message carries: an id that makes a repetition recognisable, who acts and as what."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    request_id: Annotated[str, Field(min_length=1, max_length=100)]
    by: Annotated[str, Field(min_length=1, max_length=200)]
    role: Role
    text: Text = ""
    seen: Annotated[str, Field(max_length=40)] = ""
    """The digest of what the person was shown; where the facts are others by now, the act is refused."""


class Say(Message):
    """A step that a person says was done, a comment, or one of the acts that want a reason in `text`."""


class Submit(Message):
    """Step 2: the new certificate with its chain, as PEM blocks of type CERTIFICATE.

    `holds` says whether the sending system can keep the old one beside it, `nodes` how many present it (0: not said).
    """

    certificate: PemChain
    holds: Literal["", "one", "two"] = ""
    nodes: Annotated[int, Field(ge=0, le=10_000)] = 0


class Vouch(Message):
    """Steps 3 and 6: with how it was confirmed that the load balancer trusts the root.

    `decided` says why a certificate is taken for which neither yes nor no was certain.
    """

    root_confirmed: Text = ""
    decided: Text = ""


class Order(Message):
    """A step that changes the tenant; `by_hand` when the person changed it and it shall only be checked."""

    by_hand: bool = False


class OrderMapping(Order):
    """Steps 4b and 9b: with what the person saw in the cockpit of service keys, where that decides."""

    pinned: Literal["", "pinned", "not pinned"] = ""


class Delegate(Message):
    """Names a further person for the role of the one who sends it."""

    to: Annotated[str, Field(min_length=1, max_length=200)]


class Override(Message):
    """Lifts one guard; `sender` is the sender's name, typed by the person."""

    guard: Annotated[str, Field(max_length=100)]
    sender: Annotated[str, Field(max_length=200)]


MESSAGES: dict[str, type[Message]] = {
    "sender_submits_certificate": Submit,
    "tenant_admin_forwards_names": Vouch,
    "developer_adds_names": Order,
    "tenant_admin_adds_user_mapping": OrderMapping,
    "developer_reports_ready": Say,
    "tenant_admin_releases_sender": Vouch,
    "sender_switches": Say,
    "sender_confirms_switch": Say,
    "tenant_admin_releases_cleanup": Say,
    "tenant_admin_removes_user_mapping": OrderMapping,
    "developer_removes_names": Order,
    "return_certificate": Say,
    "withdraw": Say,
    "switch_back": Say,
    "comment": Say,
    "delegate": Delegate,
    "override": Override,
}
"""The message of each act; a test checks that none is missing."""


@dataclass(frozen=True)
class Answer:
    """What the person hears after an act: whether it was taken, what comes next and who is waited for.

    `code` names the rule where the act was refused. `repeated` when the request id was seen before.
    """

    accepted: bool
    sentence: str
    next: tuple[str, ...] = ()
    waiting_for: tuple[Role, ...] = ()
    code: str = ""
    repeated: bool = False
    later: bool = False
    """No worker answered: the act is stored and will be carried out when one does."""


def request_of(act: str, message: Message) -> Request:
    """The message as the request that `process` decides on."""
    return Request(act=act, **dict(message))


def refuse_secret(act: str, message: Message) -> None:
    """Raise `BadMessage` where a text of the message may hold a private key (a certificate's field cannot)."""
    texts = (value for name, value in message if isinstance(value, str) and name != "certificate")
    try:
        refuse_secrets("\n".join(texts).encode(errors="replace"))
    except SecretRefused as secret:
        raise BadMessage(act, secret.sentence.rstrip(".")) from None


def read_message(act: str, raw: RawValue) -> Request:
    """The request in a raw payload. Raises `BadMessage` saying what is wrong, whatever the payload is."""
    model = MESSAGES[act]
    if len(raw.payload.data) > MOST_BYTES:
        raise BadMessage(act, f"it is longer than {MOST_BYTES} bytes")
    try:
        message = workflow.payload_converter().from_payload(raw.payload, model)
    except ValidationError as error:
        raise BadMessage(act, _problems(error)) from None
    except Exception as error:  # an encoding nobody knows, bytes that are no JSON, …
        raise BadMessage(act, f"it cannot be read ({type(error).__name__})") from None
    if not isinstance(message, model):
        raise BadMessage(act, "it is not one JSON object")
    refuse_secret(act, message)
    return request_of(ACTS[act].name, message)


def _problems(error: ValidationError) -> str:
    """What is wrong in each field, without repeating the input: it may hold what must not be kept."""
    problems = (
        f"{'.'.join(map(_place, part['loc'])) or 'the message'}: {part['msg']}"
        for part in error.errors(include_input=False, include_url=False, include_context=False)
    )
    return "; ".join(problems)[:500]


def _place(part: int | str) -> str:
    """A place in the message. The name of a field that no act has is input too."""
    return str(part) if isinstance(part, int) or _FIELD_NAME.fullmatch(part) else "a field"
