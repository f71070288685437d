"""How programs reach the Temporal server: Temporal's own environment configuration, profiles included."""

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from workflows.plugin import CertrelayPlugin

DEFAULT_ADDRESS = "127.0.0.1:7233"


async def connect(address: str | None = None) -> Client:
    """A connected client. `address` wins over TEMPORAL_ADDRESS and the profile; loopback is the default.

    Raises `RuntimeError` (of the SDK) when nothing answers.
    """
    config = ClientConfig.load_client_connect_config()
    config["target_host"] = address or config.get("target_host") or DEFAULT_ADDRESS
    return await Client.connect(**config, plugins=[CertrelayPlugin()])
