"""How programs reach the Temporal server: Temporal's own environment configuration, profiles included."""

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from workflows.plugin import CertrelayPlugin

DEFAULT_ADDRESS = "127.0.0.1:7233"


def address() -> str:
    """Where the server is: TEMPORAL_ADDRESS or the profile, else loopback."""
    return ClientConfig.load_client_connect_config().get("target_host") or DEFAULT_ADDRESS


async def connect() -> Client:
    """A connected client. Raises `RuntimeError` (of the SDK) when nothing answers."""
    config = ClientConfig.load_client_connect_config()
    config["target_host"] = config.get("target_host") or DEFAULT_ADDRESS
    return await Client.connect(**config, plugins=[CertrelayPlugin()])
