"""Reads the JSON of a service key (plan `api`) or of a Service Manager binding exactly as SAP hands it out.

No value of it is ever quoted in an error: most of them are secrets.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from tenant.odata import Unreadable, document

_ENVELOPES = ("oauth", "credentials")
_TOKEN_PATH = "/oauth/token"  # noqa: S105 - where the token server of a binding gives tokens, no secret


class UnreadableServiceKey(ValueError):
    """The text is no service key that can sign in; the argument says why, without quoting the text."""


@dataclass(frozen=True)
class ServiceKey:
    """What a service key says (SAP page 19af5e2). Either `secret`, or `certificate` (PEM chain) and `key` (PEM).

    `url` is the address of the API; `token_url` is where tokens are given.
    """

    url: str
    token_url: str
    client_id: str
    secret: str = field(default="", repr=False)
    certificate: str = ""
    key: str = field(default="", repr=False)

    @property
    def with_certificate(self) -> bool:
        """True when the key signs in with its certificate, not with a secret."""
        return not self.secret


class _Written(BaseModel):
    """The members as SAP writes them; there are more, which change nothing here."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)

    clientid: str = ""
    clientsecret: str = ""
    certificate: str = ""
    key: str = ""
    url: str = ""
    tokenurl: str = ""
    certurl: str = ""
    sm_url: str = Field("", validation_alias=AliasChoices("sm_url", "smurl"))


def read_service_key(text: str) -> ServiceKey:
    """The service key of plan `api`, with or without the envelope `oauth`. Raises `UnreadableServiceKey`."""
    written = _written(text)
    _refuse_missing(written, "url", "tokenurl", "clientid")
    return _service_key(written, written.url, written.tokenurl)


def read_binding(text: str) -> ServiceKey:
    """The binding of a Service Manager: `url` of the result is its `sm_url`. Raises `UnreadableServiceKey`.

    Its `url` is the token server; with a certificate, `certurl` is where one is given.
    """
    written = _written(text)
    _refuse_missing(written, "sm_url", "url", "clientid")
    server = written.url if written.clientsecret else written.certurl or written.url
    server = server.rstrip("/")
    token_url = server if urlsplit(server).path else server + _TOKEN_PATH
    return _service_key(written, written.sm_url, token_url)


def _written(text: str) -> _Written:
    try:
        read: object = document(text)
        for envelope in _ENVELOPES:
            if isinstance(read, dict) and isinstance(read.get(envelope), dict):
                read = read[envelope]
        return _Written.model_validate(read)
    except Unreadable:
        raise UnreadableServiceKey("is not JSON") from None
    except ValidationError as wrong:
        raise UnreadableServiceKey(f"is no service key ({', '.join(sorted(_where(wrong)))})") from None


def _where(wrong: ValidationError) -> Iterator[str]:
    for error in wrong.errors(include_input=False, include_url=False, include_context=False):
        yield f"{'.'.join(map(str, error['loc'])) or 'the whole'}: {error['msg']}"


def _refuse_missing(written: _Written, *members: str) -> None:
    if missing := [member for member in members if not getattr(written, member)]:
        raise UnreadableServiceKey(f"lacks {', '.join(missing)}")


def _service_key(written: _Written, url: str, token_url: str) -> ServiceKey:
    _refuse_without_secret(written)
    certificate, key = (part.replace("\\n", "\n") for part in (written.certificate, written.key))
    return ServiceKey(url, token_url, written.clientid, written.clientsecret, certificate, key)


def _refuse_without_secret(written: _Written) -> None:
    if written.clientsecret or (written.certificate and written.key):
        return
    if written.certificate:
        raise UnreadableServiceKey(
            "is of type External Certificate: it holds a certificate without a private key, so it cannot sign in; "
            "make a key of type ClientId/Secret or Certificate"
        )
    raise UnreadableServiceKey("lacks clientsecret, or certificate and key")
