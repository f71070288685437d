#!/bin/sh
# The server takes its database password from the environment only: read it from the secret, then become it.
set -eu
POSTGRES_PWD="$(cat /run/secrets/postgres_password)"
export POSTGRES_PWD
exec /etc/temporal/entrypoint.sh
