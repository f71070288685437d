"""Which Temporal server is used, and what clients are told of it. What needs a server is tested elsewhere."""

import os

import pytest
from temporalio.envconfig import ClientConfigProfile

from desk.up.errors import ProfileUnusable
from desk.up.temporal_server import chosen, client_environment, our_own, without_temporal

PROFILES = """
[profile.default]
address = "default.example:7233"
[profile.prod]
address = "prod.example:7233"
namespace = "renewals"
api_key = "a-key-of-somebody"
[profile.empty]
"""


@pytest.fixture
def profiles(tmp_path) -> str:
    """A file of profiles."""
    path = tmp_path / "temporal.toml"
    path.write_text(PROFILES)
    return str(path)


@pytest.mark.parametrize("environ", [{}, {"TEMPORAL_ADDRESS": ""}, {"TEMPORAL_NAMESPACE": "x"}])
def test_without_a_named_server_we_run_our_own(environ):
    """Nothing named, or only the namespace: no foreign server."""
    assert chosen(environ) is None


def test_an_address_is_enough():
    """TEMPORAL_ADDRESS names the server; the namespace is the default one unless named too."""
    assert chosen({"TEMPORAL_ADDRESS": "h:1"}).address == "h:1"
    assert chosen({"TEMPORAL_ADDRESS": "h:1"}).namespace == "default"
    assert chosen({"TEMPORAL_ADDRESS": "h:1", "TEMPORAL_NAMESPACE": "n"}).namespace == "n"


def test_profiles_are_read_as_temporal_does(profiles):
    """A file gives its default profile, a name chooses another, variables win over both."""
    file = {"TEMPORAL_CONFIG_FILE": profiles}
    assert chosen(file).address == "default.example:7233"
    prod = chosen({**file, "TEMPORAL_PROFILE": "prod"})
    assert (prod.address, prod.namespace, prod.own) == ("prod.example:7233", "renewals", False)
    assert chosen({**file, "TEMPORAL_PROFILE": "prod", "TEMPORAL_ADDRESS": "h:1"}).address == "h:1"


def test_a_key_is_never_shown(profiles):
    """The API key of a profile is not in what the server object prints."""
    server = chosen({"TEMPORAL_CONFIG_FILE": profiles, "TEMPORAL_PROFILE": "prod"})
    assert "a-key-of-somebody" not in repr(server)


@pytest.mark.parametrize("profile", ["empty", "absent"])
def test_a_profile_that_names_no_server_is_a_sentence(profiles, profile):
    """A profile without address, or that is not there, names the variables to correct."""
    with pytest.raises(ProfileUnusable, match="TEMPORAL_PROFILE"):
        chosen({"TEMPORAL_CONFIG_FILE": profiles, "TEMPORAL_PROFILE": profile})


def test_a_broken_file_is_a_sentence(tmp_path):
    """A file that is no TOML is refused in words."""
    broken = tmp_path / "temporal.toml"
    broken.write_text("[profile")
    with pytest.raises(ProfileUnusable):
        chosen({"TEMPORAL_CONFIG_FILE": str(broken)})


def test_clients_of_our_own_server_take_nothing_from_profiles(profiles):
    """A profile with TLS or a key would break a client of our plain server: it is shut out."""
    environ = {"TEMPORAL_NAMESPACE": "n", "TEMPORAL_API_KEY": "k", "PATH": "/bin"}
    child = {**without_temporal(environ), **client_environment(our_own(7000, environ), environ)}
    assert child == {
        "PATH": "/bin",
        "TEMPORAL_ADDRESS": "127.0.0.1:7000",
        "TEMPORAL_NAMESPACE": "n",
        "TEMPORAL_CONFIG_FILE": os.devnull,
    }
    profile = ClientConfigProfile.load(override_env_vars=child)
    assert profile == ClientConfigProfile(address="127.0.0.1:7000", namespace="n")


def test_a_foreign_server_needs_no_more_words():
    """Clients of a foreign server find it in the environment that they inherit."""
    environ = {"TEMPORAL_ADDRESS": "h:1"}
    assert client_environment(chosen(environ), environ) == {}
