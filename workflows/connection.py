"""How programs reach the Temporal server: Temporal's own environment configuration, profiles included."""

from temporalio.client import Client
from temporalio.envconfig import ClientConfig, ClientConnectConfig

from workflows.plugin import CertrelayPlugin

DEFAULT_ADDRESS = "127.0.0.1:7233"


class ConnectionSettingsError(RuntimeError):
    """TEMPORAL_ADDRESS, TEMPORAL_PROFILE or the configuration file cannot be used; the text says why."""


def address() -> str:
    """Where the server is: TEMPORAL_ADDRESS or the profile, else loopback. Raises `ConnectionSettingsError`."""
    return _config().get("target_host") or DEFAULT_ADDRESS


def _config() -> ClientConnectConfig:
    try:
        return ClientConfig.load_client_connect_config()
    except Exception as error:  # the SDK's class for this is a private one
        raise ConnectionSettingsError(str(error).partition("\n")[0]) from error


async def connect() -> Client:
    """A connected client. Raises `RuntimeError` (of the SDK) when nothing answers, `ConnectionSettingsError`."""
    config = _config()
    config["target_host"] = config.get("target_host") or DEFAULT_ADDRESS
    try:
        return await Client.connect(**config, plugins=[CertrelayPlugin()])
    except ValueError as error:  # an address that is none
        raise ConnectionSettingsError(str(error)) from error
