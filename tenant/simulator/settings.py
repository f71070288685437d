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
    """One simulated tenant. Durations are seconds; `state` is the SQLite file that holds everything."""

    state: Path
    password: str = field(repr=False)
    user: str = field(default="rehearsal", metadata=_told("The technical user that may call (basic authentication)."))
    profile: Literal["neo", "cloud-foundry"] = field(
        default="neo",
        metadata=_told(
            "The environment of the tenant. Cloud Foundry has service keys instead of certificate-to-user mappings, "
            "asks for a CSRF token with basic authentication only, and limits the rate of requests.",
            "SAP offers the mappings on Neo only and publishes rate limits for Cloud Foundry only.",
        ),
    )
    client_id: str = field(
        default="sb-rehearsal!b1|it!b1",
        metadata=_told("The OAuth client that may fetch tokens; its secret is the user's password."),
    )
    roles: tuple[str, ...] = field(
        default=(),
        metadata=_told(
            "A role template (Neo: role) of the technical user; without any it has all that are needed. Repeatable."
        ),
    )
    load: Path | None = field(
        default=None,
        metadata=_told(
            "A folder of flows (exported zips, unpacked flows, bare .iflw files), read at the start; one package per "
            "sub folder, the rest goes into "
            f"{DEFAULT_PACKAGE}. A flow that is already there is left alone."
        ),
    )
    deploy_loaded: bool = field(
        default=True,
        metadata=_told("Loaded flows run at once.", "A tenant that is worth a rehearsal has running flows."),
    )
    flows: int = field(
        default=0,
        metadata=_told(
            "A landscape of so many flows is made at the start: packages, channels of all kinds, mappings or service "
            "keys, drafts, locks. What is there already is left alone; 0 makes none."
        ),
    )
    senders: int = field(default=20, metadata=_told("How many senders the landscape has."))
    seed: int = field(
        default=1, metadata=_told("What the landscape is made from; the same seed gives the same one, but for keys.")
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
            "Writes need a CSRF token of the session: on Neo always, on Cloud Foundry with basic authentication.",
            "SAP asks for it on Neo also with OAuth; off asks never.",
        ),
    )
    rate_limit: Literal["profile", "on", "off"] = field(
        default="profile",
        metadata=_told(
            "429 above 10 requests/s per user and 15 (security content: 12) per tenant, as the profile says or not.",
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
    service_document: Literal["complete", "listed"] = field(
        default="complete",
        metadata=_told(
            "Whether the service document names every set or only those that a tenant's own names.",
            "A tenant's document names 25 of 131 sets; the others work and stand in $metadata only.",
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
    load_balancer_port: int = field(
        default=0,
        metadata=_told("The port on which the load balancer takes messages over TLS; 0: there is no load balancer."),
    )
    roots: Path | None = field(
        default=None,
        metadata=_told(
            "A PEM file with the roots that the load balancer trusts; without one it trusts those that were added by "
            "POST /simulator/roots, at first none."
        ),
    )
    missing_eku: Literal["tls", "401"] = field(
        default="tls",
        metadata=_told(
            "What a client certificate without the usage clientAuth meets: the end of the handshake, or a 401.",
            "SAP documents the first; senders report the second.",
        ),
    )
    outdated_certificate: Literal["tls", "401"] = field(
        default="tls",
        metadata=_told(
            "What an expired or not yet valid chain meets: the end of the handshake, or a 401.", "Not documented."
        ),
    )
    nodes: Literal["1", "2", "3", "4"] = field(
        default="2",
        metadata=_told("The runtime nodes behind the load balancer.", "SAP scales them; how many is not shown."),
    )
    node_spread: float = field(
        default=0.0,
        metadata=_told("How long after the first node the last one gets a deploy.", "Not documented."),
    )
    started_means: Literal["first-node", "all-nodes"] = field(
        default="all-nodes",
        metadata=_told("Which nodes have a deploy when its status is STARTED.", "Not documented."),
    )
    redeploy_gap: float = field(
        default=0.0,
        metadata=_told(
            "How long a node answers no message of a flow just before it has a new deploy of it.",
            "SAP warns of a brief downtime and gives no length.",
        ),
    )
    redeploy_gap_status: Literal["503", "404"] = field(
        default="503", metadata=_told("The answer in that time.", "Not documented.")
    )
    dn_comparison: Literal["default", "strict", "lenient"] = field(
        default="default",
        metadata=_told(
            "How a channel's DNs are compared: strict takes the tenant's own spelling only, default any blanks and "
            "attribute names in any case, lenient whatever RFC 5280 calls equal.",
            "SAP's comparison is not documented; its log shows that names are normalised.",
        ),
    )
    user_role: str = field(
        default="ESBMessaging.send",
        metadata=_told("The role of a mapped user whose roles were not set by POST /simulator/user-roles."),
    )
    mapping_delay: float = field(
        default=0.0,
        metadata=_told(
            "How long the runtime does not know a new user mapping; it forgets a removed one at once.",
            "Not documented.",
        ),
    )
    evidence_property: str = field(
        default="",
        metadata=_told(
            "The custom header property into which flows write the SHA-256 of the client certificate; empty: none.",
            "A flow does so only if its developer lets SSL_CLIENT_CERT in and writes it.",
        ),
    )
    token_lifetime: int = field(
        default=43_199,
        metadata=_told(
            "Seconds that a token is valid, told as expires_in.",
            "Seen for plan api; an instance may say 3600 to 86400.",
        ),
    )
    neo_expires_in: int = field(
        default=0,
        metadata=_told("What expires_in says on Neo; the token lives as long as told here.", "SAP's sample says 0."),
    )
    cloud_foundry_mappings_status: Literal["404", "403", "501"] = field(
        default="404",
        metadata=_told(
            "Answer to user mappings on Cloud Foundry.", "The set does not exist there; its answer was never seen."
        ),
    )
    cloud_foundry_log_files: Literal["empty", "absent"] = field(
        default="empty",
        metadata=_told(
            "Whether log files on Cloud Foundry are empty lists or unknown sets (404).",
            "Documented for Neo only, yet a tenant's metadata names them.",
        ),
    )
    space_role: Literal["developer", "auditor"] = field(
        default="developer",
        metadata=_told("The user's role in the space: an auditor sees no credentials and changes nothing."),
    )
    key_time: float = field(
        default=0.5,
        metadata=_told("How long making or deleting a service key takes.", "Real ones take seconds; scaled down."),
    )
    key_delay: float = field(
        default=0,
        metadata=_told("How long after its creation the runtime knows a service key.", "Not known."),
    )
    key_quota: int = field(
        default=0, metadata=_told("The most service keys in the space; 0 sets no limit.", "A space may have a quota.")
    )
    duplicate_certificates: Literal["allow", "refuse"] = field(
        default="allow",
        metadata=_told(
            "Whether a second service key with the same certificate can be made.",
            "Known is only that calls with it are refused at runtime.",
        ),
    )
    chain_in_key: Literal["refuse", "leaf"] = field(
        default="refuse",
        metadata=_told(
            "What becomes of a service key with a whole chain.",
            "SAP asks for the leaf alone; the answer is not known.",
        ),
    )
    instance_parameters: Literal["shown", "refused"] = field(
        default="shown",
        metadata=_told("Whether the parameters of a service instance, with its roles, can be read.", "Not known."),
    )
    service_manager_creates: Literal["async", "sync"] = field(
        default="async",
        metadata=_told("How the Service Manager makes a binding where the request does not say.", "Its default."),
    )
    failed_binding: Literal["kept", "removed"] = field(
        default="kept",
        metadata=_told(
            "Whether the Service Manager keeps a binding whose creation failed, and with it its name.", "Not known."
        ),
    )
    gone_binding: Literal["404", "410"] = field(
        default="404",
        metadata=_told("What the Service Manager says of deleting a binding that is gone.", "Its client takes both."),
    )
    finished_delete: Literal["succeeded", "404"] = field(
        default="succeeded",
        metadata=_told(
            "What the Service Manager says of the operation that deleted a binding.",
            "SAP's own client takes 404 for success, too.",
        ),
    )


def option_fields() -> dict[str, tuple[Any, str]]:
    """Name → (default, help with its reason) of every field that the command line offers."""
    return {
        item.name: (item.default, " ".join(filter(None, (item.metadata["help"], item.metadata["reason"]))))
        for item in fields(SimulatorSettings)
        if "help" in item.metadata
    }
