"""Every "no" of the simulated tenant, with SAP's status and SAP's words.

Refusal
├── NotFoundError          404   set, entity, parameter, runtime artifact
├── BadRequestError        400   what SAP's rules for the request forbid
├── ConflictError          409   package Id taken
├── NotAcceptableError     406   ErrorInformation asked as JSON
├── TooManyRequestsError   429
├── BusinessError          500   business rules that SAP answers as a server error
├── LockedError            400 or 500   somebody holds the flow in the editor
└── NotImplementedHereError 501  options, methods and direct reads that SAP does not offer

Texts are those that SAP documents and that were seen on tenants; clients are tested against them.
"""


class Refusal(Exception):
    """An answer other than success. `code` is the reason phrase that SAP puts into the error body."""

    status = 500
    code = "Internal Server Error"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class NotFoundError(Refusal):
    """404."""

    status, code = 404, "Not Found"


class BadRequestError(Refusal):
    """400."""

    status, code = 400, "Bad Request"


class ConflictError(Refusal):
    """409."""

    status, code = 409, "Conflict"


class NotAcceptableError(Refusal):
    """406."""

    status, code = 406, "Not Acceptable"


class TooManyRequestsError(Refusal):
    """429; SAP's files declare it on every operation."""

    status, code = 429, "Too Many Requests"

    def __init__(self) -> None:
        super().__init__("Too many requests. Server's rate limit exceeded.")


class BusinessError(Refusal):
    """500 for a business rule; never a reason to try again."""

    status, code = 500, "Internal Server Error"


class NotImplementedHereError(Refusal):
    """501; SAP's body says "Not Implemented"."""

    status, code = 501, "Not Implemented"


class LockedError(Refusal):
    """A write on an artifact that somebody holds in the editor: 400 or 500, always with the word "locked"."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = "Bad Request" if status == 400 else "Internal Server Error"


def flow_missing() -> Refusal:
    """A design-time flow that is not there."""
    return NotFoundError("Integration design time artifact not found.")


def package_missing(package_id: str) -> Refusal:
    """A package that is not there."""
    return NotFoundError(f"Integration package {package_id} does not exist.")


def entity_missing() -> Refusal:
    """A runtime artifact, mapping or lock that is not there."""
    return NotFoundError("Requested entity could not be found.")


def configure_only(package_id: str) -> Refusal:
    """A write on a flow of a configure-only package."""
    return BadRequestError(f"Integration Flow artifact consists in a configure only package with Id: {package_id}.")
