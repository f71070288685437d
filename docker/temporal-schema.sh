#!/bin/sh
# Makes and upgrades the two databases of the Temporal server. Each step finds out by itself whether it is done.
set -eu
SQL_PASSWORD="$(cat /run/secrets/postgres_password)"
export SQL_PASSWORD

tool() {
    temporal-sql-tool --plugin postgres12 --endpoint postgresql --port 5432 --user temporal --database "$@"
}

schema() {
    tool "$1" create
    tool "$1" setup-schema -v 0.0
    tool "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

schema temporal temporal
schema temporal_visibility visibility
