"""The sender adapters: which can authorise by certificate, and under which keys they say so. Data only.

From the channels of 1,167 public flows; AS4 and the certificate choice of OData from tools and SAP's pages.
"""

from dataclasses import dataclass

TABLE_KEY = "clientCertificates"
"""The property with the DN table, the same for every adapter and version in which one was ever seen."""


@dataclass(frozen=True)
class Adapter:
    """`authorization` is the key of the choice, `spelling` turns its values into those of HTTPS."""

    authorization: str = "senderAuthType"
    spelling: tuple[tuple[str, str], ...] = ()


BY_CERTIFICATE = {
    "HTTPS": Adapter(),
    "SOAP": Adapter(),
    "XI": Adapter(),
    "IDOC": Adapter(),
    "AS2": Adapter(),
    "AS4": Adapter(),
    "ODataSender": Adapter("authentication", (("certificate", "ClientCertificate"), ("basic", "RoleBased"))),
}
"""By `ComponentType`: the adapters at which a sender may present a client certificate to the flow."""

NEVER_BY_CERTIFICATE = frozenset(
    {
        "ProcessDirect",
        "JMS",
        "AMQP",
        "SFTP",
        "PollingSFTP",
        "FTP",
        "Mail",
        "DataStoreConsumer",
        "AdvancedEventMesh",
    }
)
"""By `ComponentType`: the adapters whose sender channels list no DNs; `authentication` is something else there."""

ADDRESS_KEYS = ("urlPath", "address")
"""Where a sender channel says under which path it is called."""
