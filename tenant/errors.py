"""What can go wrong with a tenant. Classes and fields decide what happens next, never the text.

TenantError
├── TenantUnreachable     no answer, a gateway's answer, an HTML page     (retryable)
├── TenantBusy            429, with the wait the tenant asks for          (retryable)
├── TenantLocked          somebody edits the artifact                     (retryable)
├── NonsenseAnswer        an answer that cannot be read                   (retryable)
├── NotAllowed            user, password or a role is missing
├── NotFound              the entity is not on the tenant
├── TenantRefused         the tenant understood and said no
│   ├── CertificateTaken  the certificate is in somebody else's user mapping
│   ├── CertificateClash  the certificate is in two service keys
│   └── ServiceKeyFailed  a service key could not be made or deleted
├── ServiceKeysNotSet     no setting tells where the service keys are
├── ServiceInstanceUnknown  no service instance has this name
├── ServiceKeysHidden     service keys that must be looked at cannot be read
├── ServiceKeyUnfinished  a service key is still being made or deleted    (retryable)
├── DeployFailed          the runtime cannot start the flow
└── DeployUnfinished      not proved started within the time-out          (retryable)
"""

from typing import ClassVar

_MOST_TEXT = 500


class TenantError(Exception):
    """Base of all: the HTTP `status` (None without an answer), the URL `path`, the tenant's own `text`.

    `retryable` says whether the same request may succeed later without a person's help. A write that failed
    with a retryable error may have been carried out: read before it is repeated.
    """

    retryable: ClassVar[bool] = False
    words: ClassVar[str] = "The tenant did not do what was asked{answer}. The operator must look into it."

    def __init__(self, status: int | None, path: str, text: str = "") -> None:
        """Keep the evidence; a long text is cut."""
        self.status = status
        self.path = path
        self.text = text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"
        super().__init__(status, path, self.text)

    @property
    def sentence(self) -> str:
        """What happened, who must act, what to do, in words for people."""
        return self.words.format(answer=self._answer(), **vars(self))

    def _answer(self) -> str:
        parts = [self.path] if self.path else []
        parts += [f"HTTP {self.status}"] if self.status else []
        parts += [f"“{self.text}”"] if self.text else []
        return f" ({', '.join(parts)})" if parts else ""

    def __str__(self) -> str:
        """The sentence."""
        return self.sentence


class TenantUnreachable(TenantError):
    """No connection, no answer in time, or an answer that a gateway gave instead of the tenant."""

    retryable = True
    words = (
        "The tenant cannot be reached{answer}. It can be tried again later; if it stays so, "
        "the operator must check the tenant's url, the network and SAP's status page."
    )


class TenantBusy(TenantError):
    """429: the rate limit is exceeded. `retry_after` is the wait in seconds where the tenant names one.

    SAP documents the limits (page 4cac4a4) but no Retry-After; whoever retries waits at least 2 s without.
    """

    retryable = True
    words = (
        "The tenant has had too many requests{answer}. Nobody must act: the request is repeated {wait}; "
        "if it stays so, the operator must lower the settings …_per_second of the tenant or stop other programs."
    )

    def __init__(self, status: int | None, path: str, text: str = "", retry_after: float | None = None) -> None:
        """Keep the evidence and the wait in seconds."""
        super().__init__(status, path, text)
        self.args = (status, path, self.text, retry_after)
        self.retry_after = retry_after
        self.wait = "after a pause" if retry_after is None else f"after {retry_after:g} seconds"


class TenantLocked(TenantError):
    """Somebody edits the artifact, so it cannot be written. `holder` is the user who does, where known.

    The status is 400, 423, 500 or 503; only the word "locked" in the answer tells (SAP documents 500 for
    sibling calls, clients saw 400 for flows).
    """

    retryable = True
    words = (
        "The artifact is locked on the tenant by {whom}{answer}. The integration developer must save or "
        "close it, or the tenant administrator must release the lock under Designtime Artifact Locks."
    )

    def __init__(self, status: int | None, path: str, text: str = "", holder: str | None = None) -> None:
        """Keep the evidence and who holds the lock."""
        super().__init__(status, path, text)
        self.args = (status, path, self.text, holder)
        self.holder = holder
        self.whom = holder or "somebody who edits it"


class NonsenseAnswer(TenantError):
    """The answer cannot be read where data is due: an HTML page, a missing field, a date that is none."""

    retryable = True
    words = (
        "The tenant's answer cannot be understood{answer}. It can be tried again later; if it stays so, "
        "the operator must check that the tenant's url leads to its API and not to a sign-in page."
    )


class NotAllowed(TenantError):
    """401 after a fresh login, or 403 that does not ask for a CSRF token: user, password or role is missing.

    The roles of each call are on SAP's page fda781c (Neo: 556d557).
    """

    words = (
        "The tenant does not allow this to Certrelay's technical user{answer}. The tenant administrator must "
        "check the user, its password or client secret, and its roles; new roles count only after up to an hour."
    )


class NotFound(TenantError):
    """The entity, or the entity set, is not on the tenant (or hidden from the user by an access policy)."""

    words = (
        "The tenant does not know what was asked for{answer}. The integration developer must check whether "
        "it was deleted or renamed, or is hidden from the technical user by an access policy."
    )


class TenantRefused(TenantError):
    """The tenant understood and said no. Business errors often come as 500, so a 500 is not "retry later"."""

    words = (
        "The tenant refused the request{answer}. The integration developer or tenant administrator must "
        "read the tenant's reason and remove it; repeating the request alone does not help."
    )


class CertificateTaken(TenantRefused):
    """The certificate is in a user mapping of another user; `text` names it.

    Neo would move it silently (SAP page 4b99156); on Cloud Foundry a second key locks both out (KBA 3224701).
    """

    words = (
        "The certificate belongs to somebody else already, so nothing was changed{answer}. The tenant administrator "
        "must find out who uses it there and remove it there first, or the sender must use a certificate of its own."
    )


class CertificateClash(TenantRefused):
    """Two service keys or more hold the certificate, so that calls with it are refused (KBA 3224701)."""

    words = (
        "The certificate is in more than one service key, so that every call with it is refused{answer}. The tenant "
        "administrator must delete all of these keys but one in the cockpit."
    )


class ServiceKeyFailed(TenantRefused):
    """Cloud Foundry or the Service Manager accepted an order for a service key and failed; `text` is the reason."""

    words = (
        "The order for a service key was accepted but failed{answer}. The tenant administrator must read the "
        "reason, remove it, and delete a broken key in the cockpit; then the step can be ordered again."
    )


class ServiceKeysNotSet(TenantError):
    """The tenant is on Cloud Foundry and no setting tells how to reach its service keys; `text` is that setting."""

    words = (
        "The service keys of the tenant cannot be looked at, since the settings do not tell where they are{answer}. "
        "The operator must add that to tenants.toml."
    )


class ServiceInstanceUnknown(TenantError):
    """No service instance that is seen has this name, or several have; `text` tells."""

    words = (
        "The service instance cannot be told{answer}. The tenant administrator must check in the cockpit whether it "
        "was renamed or deleted, and that Certrelay's user is a Space Developer of its space."
    )


class ServiceKeysHidden(TenantError):
    """Service keys that might hold the certificate cannot be read, so nothing is changed; `text` names them."""

    words = (
        "Some service keys cannot be looked at, and one of them may hold the certificate{answer}. The tenant "
        "administrator must check that Certrelay's user is a Space Developer, and delete broken keys in the cockpit."
    )


class ServiceKeyUnfinished(TenantError):
    """A service key is being made or deleted and was not seen ready in time; `text` names it."""

    retryable = True
    words = (
        "A service key is still being made or deleted{answer}. It can be looked at again later; if it stays so, the "
        "tenant administrator must look at the key in the cockpit and delete it there if it is broken."
    )


class DeployFailed(TenantError):
    """The build or the start of `flow` failed; `text` is the tenant's reason."""

    words = (
        "The flow {flow} was saved but cannot be deployed{answer}. The integration developer must correct "
        "the reason and deploy it again."
    )

    def __init__(self, flow: str, text: str = "") -> None:
        """Keep the id of the flow and the tenant's reason."""
        super().__init__(None, "", text)
        self.args = (flow, self.text)
        self.flow = flow


class DeployUnfinished(DeployFailed):
    """`flow` was not seen started in its new version within the time-out; it may still start."""

    retryable = True
    words = (
        "The flow {flow} was deployed but is not proved to run{answer}. It can be looked at again later; if "
        "it stays so, the integration developer must look at it under Manage Integration Content."
    )
