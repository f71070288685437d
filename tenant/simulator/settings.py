"""What the simulated tenant can be told, each with its default and, where SAP is silent, the reason.

The command line and its help are made from these fields; a field without a sentence fails a test.
"""

import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

PASSWORD_ENV = "CERTRELAY_SIMULATOR_PASSWORD"  # noqa: S105  the name of a variable, not a password
DEFAULT_PACKAGE = "Rehearsal"
PACKAGE_ID = re.compile(r"[A-Za-z0-9]+")


def _told(sentence: str, reason: str = "") -> dict[str, str]:
    """The metadata of a field that the command line offers."""
    return {"help": sentence, "reason": reason}


@dataclass(frozen=True)
class SimulatorSettings:
    """One simulated Neo tenant. Durations are seconds; `state` is the SQLite file that holds everything."""

    state: Path
    password: str = field(repr=False)
    user: str = field(default="rehearsal", metadata=_told("The technical user that may call (basic authentication)."))
    load: Path | None = field(
        default=None,
        metadata=_told(
            "A folder of exported flow zips, read at the start; one package per sub folder, the rest goes into "
            f"{DEFAULT_PACKAGE}. A flow that is already there is left alone."
        ),
    )
    deploy_loaded: bool = field(
        default=True,
        metadata=_told("Loaded flows run at once.", "A tenant that is worth a rehearsal has running flows."),
    )
    configure_only: tuple[str, ...] = field(
        default=(),
        metadata=_told(
            "A package that is configure-only: its flows can be neither read as zip nor changed. Repeatable."
        ),
    )
    csrf: bool = field(
        default=True,
        metadata=_told(
            "Writes need a CSRF token of the same session.",
            "SAP asks for it on Neo also with OAuth; off is like Cloud Foundry with a bearer token.",
        ),
    )
    rate_limit: bool = field(
        default=False,
        metadata=_told(
            "429 above 10 requests/s per user and 15 (security content: 12) per tenant.",
            "SAP publishes these numbers for Cloud Foundry only.",
        ),
    )
    retry_after: int = field(
        default=0,
        metadata=_told(
            "Seconds in the Retry-After header of a rate-limit 429; 0 sends none.",
            "SAP's files declare the 429 and name no such header.",
        ),
    )
    page_size: int = field(
        default=1000, metadata=_told("Rows in one answer before __next.", "SAP's documented limit.")
    )
    build_time: float = field(
        default=0.5,
        metadata=_told("How long a deploy task says DEPLOYING.", "Real ones take seconds to minutes; scaled down."),
    )
    old_started_time: float = field(
        default=0.5,
        metadata=_told(
            "How long after the build the old state (404, or old STARTED with old DeployedOn) is still shown.",
            "Seen on tenants, never measured.",
        ),
    )
    deploy_time: float = field(
        default=2.0, metadata=_told("How long STARTING lasts.", "Real ones last up to several minutes; scaled down.")
    )
    failed_build: Literal["shown", "hidden"] = field(
        default="shown",
        metadata=_told(
            "Whether a deploy that fails in the build shows as ERROR or leaves the runtime as it was.",
            "Not known; the error text was seen on such artifacts.",
        ),
    )
    undeploy_time: float = field(default=0.5, metadata=_told("How long STOPPING lasts.", "Not documented."))
    error_information_time: float = field(
        default=0.5,
        metadata=_told(
            "How long ErrorInformation/$value answers 204 before the text is there.", "Seen, not measured."
        ),
    )
    endpoint_delay: float = field(
        default=3.0,
        metadata=_told(
            "How long ServiceEndpoints lags behind STARTED.",
            "30 s to more than 3 min were measured on a tenant; scaled down.",
        ),
    )
    put_version: Literal["unchanged", "manifest"] = field(
        default="unchanged",
        metadata=_told(
            "What the version is after the PUT of a flow.",
            "SAP's table says the Bundle-Version of the manifest, three observers say unchanged and a draft.",
        ),
    )
    put_locked_status: Literal["400", "500"] = field(
        default="400",
        metadata=_told(
            "Status of the PUT of a flow that somebody holds in the editor.",
            "Two clients report 400; SAP documents 500 for sibling artifacts.",
        ),
    )
    put_key_fields: Literal["refuse", "ignore"] = field(
        default="refuse",
        metadata=_told(
            "What a PUT of a flow does with Id or PackageId in its body.",
            "Documented as refused (500) for message mappings, silent for flows.",
        ),
    )
    own_locks: Literal["block", "pass"] = field(
        default="block",
        metadata=_told("Whether a lock held by the calling user itself stops its write.", "Not known."),
    )
    lock_delete_status: Literal["200", "202", "204"] = field(
        default="200",
        metadata=_told("Status of a released design-time lock.", "Not in SAP's API files; only the call is known."),
    )
    unknown_mapping_status: Literal["404", "204", "500"] = field(
        default="404",
        metadata=_told("Answer to reading or deleting a user mapping that is not there.", "Not documented."),
    )
    error_information_json: Literal["406", "200"] = field(
        default="406",
        metadata=_told(
            "Answer of ErrorInformation/$value to Accept: application/json.",
            "406 was observed in 2026; two clients expect 200.",
        ),
    )


def option_fields() -> dict[str, tuple[Any, str]]:
    """Name → (default, help with its reason) of every field that the command line offers."""
    return {
        item.name: (item.default, " ".join(filter(None, (item.metadata["help"], item.metadata["reason"]))))
        for item in fields(SimulatorSettings)
        if "help" in item.metadata
    }
