#!/bin/sh
# System packages the tests need beyond Python: a PostgreSQL server and a Java runtime.
# Installs what is missing where that is possible; otherwise says so, and the tests that need it are skipped.
set -eu

missing=""
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null 2>&1; then
    missing="$missing postgresql"
fi
if ! command -v java >/dev/null 2>&1; then
    missing="$missing default-jre-headless"
fi
if [ -z "$missing" ]; then
    exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
    echo "tests: install$missing to run every test; without them some are skipped" >&2
    exit 0
fi
root=""
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        root="sudo -n"
    else
        echo "tests: as root, run apt-get install$missing; without it some tests are skipped" >&2
        exit 0
    fi
fi
echo "tests: installing$missing"
# shellcheck disable=SC2086
if ! { $root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1; then
    echo "tests: apt-get could not install$missing; some tests are skipped" >&2
fi
