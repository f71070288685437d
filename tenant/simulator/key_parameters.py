"""What a service key is made from and what it shows: the broker's side of a key, the same for both APIs.

SAP pages ae419b6 (parameters) and 19af5e2 (kinds of keys). The simulator makes no key pairs: a private key is nothing
to keep in a file, so keys of type `certificate` fail here.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from certificates.errors import MalformedDer
from certificates.facts import facts_of, pem_of
from tenant.simulator.key_records import ServiceKey
from tenant.simulator.settings import SimulatorSettings

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_EXTERNAL = "certificate_external"


class BrokerRefusedError(Exception):
    """The service broker cannot make the key; `text` is its reason. SAP's own texts are not known."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class KeyParameters:
    """The certificate of a key to be made: its DER and the PEM as it was sent; None for client id and secret."""

    der: bytes | None = None
    pem: str = ""


def read_parameters(parameters: Mapping[str, Any], settings: SimulatorSettings) -> KeyParameters:
    """What the parameters of a request ask for; raises BrokerRefusedError.

    A certificate may stand there with line breaks or without, and without a `key-type` beside it.
    """
    kind = parameters.get("key-type", _EXTERNAL if "X.509" in parameters else "")
    if kind in ("", "clientid"):
        return KeyParameters()
    if kind != _EXTERNAL:
        raise BrokerRefusedError(f"This simulated tenant makes no keys of type {kind}, only {_EXTERNAL}.")
    der = certificate_of(str(parameters.get("X.509", "")), settings)
    return KeyParameters(der, pem_of(der))


def certificate_of(text: str, settings: SimulatorSettings) -> bytes:
    """The DER of the one certificate in a PEM text; raises BrokerRefusedError."""
    if "PRIVATE KEY" in text:
        raise BrokerRefusedError("The parameter X.509 holds a private key.")
    blocks = _BLOCK.findall(text)
    if not blocks:
        raise BrokerRefusedError("The parameter X.509 is not a certificate.")
    if len(blocks) > 1 and settings.chain_in_key == "refuse":
        raise BrokerRefusedError("The parameter X.509 holds more than one certificate.")
    try:
        der = base64.b64decode("".join(blocks[0].split()), validate=True)
        facts_of(der)
    except (binascii.Error, ValueError, MalformedDer) as error:
        raise BrokerRefusedError("The parameter X.509 is not a certificate.") from error
    return der


def credentials(key: ServiceKey, url: str) -> dict[str, object]:
    """What the key shows to who may see it, in the envelope `oauth`; `url` is that of the runtime.

    A key of an external certificate shows the leaf and nothing about it. The secret of one without opens nothing.
    """
    shown = {"clientid": f"sb-{key.guid}!b1|it-rt-rehearsal!b1"}
    if key.certificate:
        shown["certificate"] = key.certificate
    else:
        shown["clientsecret"] = sha256(key.guid.encode()).hexdigest()
    return {"oauth": {**shown, "tokenurl": f"{url}/oauth/token", "url": url}}
