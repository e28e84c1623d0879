"""Talking to a tracking server without MLflow: credentials, time-outs and errors that say what to do."""

from __future__ import annotations

import base64
import configparser
import http.client
import json
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credit_scoring.errors import StoreError
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.faults import BusyError

PATIENCE = 10.0
"""Seconds without a byte after which a server counts as unreachable, unless MLFLOW_HTTP_REQUEST_TIMEOUT says else."""
API = "/api/2.0/mlflow/"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
NOT_THERE = "RESOURCE_DOES_NOT_EXIST"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirection would carry the credentials to another host."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A tracking server of MLflow; `base` is its address without credentials."""

    address: Address
    base: str
    authorization: str | None
    opener: urllib.request.OpenerDirector

    @classmethod
    def at(cls, address: Address) -> Server:
        """The server of an address, with the credentials of the URI, the environment or MLflow's own file."""
        parts = urllib.parse.urlsplit(address.uri)
        host = parts.netloc.rpartition("@")[2]
        base = urllib.parse.urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
        if parts.scheme == "https":
            handlers.append(urllib.request.HTTPSHandler(context=_tls(address)))
        opener = urllib.request.build_opener(*handlers)
        return cls(address=address, base=base, authorization=_authorization(parts), opener=opener)

    def ask(self, path: str, **parameters: str) -> dict[str, Any] | None:
        """The answer to a question of the API; None where what was asked for is not there."""
        return self._json(f"{API}{path}?{urllib.parse.urlencode(parameters)}", None)

    def search(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """The answer to a search of the API."""
        return self._json(f"{API}{path}", json.dumps(body).encode()) or {}

    def listed(self, folder: str) -> dict[str, Any]:
        """The artifacts in a folder of those the server hands out."""
        return self._json(f"{ARTIFACTS}?{urllib.parse.urlencode({'path': folder})}", None) or {}

    def download(self, path: str) -> bytes | None:
        """The bytes of an artifact the server hands out; None where it is not there."""
        return self._bytes(f"{ARTIFACTS}/{urllib.parse.quote(path)}", None)

    def _json(self, path: str, body: bytes | None) -> dict[str, Any] | None:
        content = self._bytes(path, body)
        if content is None:
            return None
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise self._stranger()
        return answer

    def _bytes(self, path: str, body: bytes | None) -> bytes | None:
        request = urllib.request.Request(f"{self.base}{path}", data=body)  # noqa: S310 - http or https
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if self.authorization is not None:
            request.add_header("Authorization", self.authorization)
        try:
            with self.opener.open(request, timeout=_patience()) as response:
                content: bytes = response.read()
                return content
        except urllib.error.HTTPError as error:
            with error:
                self._check_only_missing(error)
                return None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise StoreError(
                f"The store {self.address} does not answer: {_why(error)}. Check the address and that the server is "
                "running (`mlflow server`)."
            ) from error

    def _check_only_missing(self, error: urllib.error.HTTPError) -> None:
        """That what was asked for is not there is an answer; every other refusal is an error."""
        said = _said(error)
        if error.code == http.client.NOT_FOUND and said is not None and said.get("error_code") == NOT_THERE:
            return
        what = f"{error.code} {error.reason}" if said is None else str(said.get("message", error.reason))
        if error.code in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
            raise StoreError(
                f"The store {self.address} refuses access ({what}): set MLFLOW_TRACKING_USERNAME and "
                "MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."
            )
        if error.code in (http.client.SERVICE_UNAVAILABLE, http.client.TOO_MANY_REQUESTS):
            raise BusyError(f"The store {self.address} is busy: {what}. Try again.")
        if error.code >= http.client.INTERNAL_SERVER_ERROR:
            raise StoreError(f"The store {self.address} failed: {what}. Look at the log of its server.")
        if 300 <= error.code < 400:
            raise StoreError(
                f"The store {self.address} is elsewhere: name {error.headers.get('Location', 'its address')}."
            )
        if said is None:
            raise self._stranger()
        raise StoreError(f"The store {self.address} did not answer what was asked: {what}")

    def _stranger(self) -> StoreError:
        return StoreError(
            f"What answers at {self.address} is no tracking server of MLflow: check the address, and the path before "
            "/api if the server has one."
        )


def _said(error: urllib.error.HTTPError) -> dict[str, Any] | None:
    """What a server of MLflow says with a refusal; None where it is no such server."""
    try:
        answer = json.loads(error.read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return answer if isinstance(answer, dict) and "error_code" in answer else None


def _why(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    if isinstance(error, TimeoutError) or isinstance(reason, TimeoutError):
        return f"nothing came within {_patience():g} seconds"
    return str(reason or error or type(error).__name__)


def _patience() -> float:
    try:
        return float(os.environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT", PATIENCE))
    except ValueError:
        return PATIENCE


def _authorization(parts: urllib.parse.SplitResult) -> str | None:
    username, password = parts.username, parts.password
    if username is None:
        username, password = _stored_credentials()
    else:
        username, password = urllib.parse.unquote(username), urllib.parse.unquote(password or "")
    if username:
        return "Basic " + base64.b64encode(f"{username}:{password or ''}".encode()).decode()
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    return f"Bearer {token}" if token else None


def _stored_credentials() -> tuple[str | None, str | None]:
    """As MLflow looks for them: the environment first, then `~/.mlflow/credentials`."""
    filed = configparser.ConfigParser(interpolation=None)
    filed.read(Path("~/.mlflow/credentials").expanduser())
    username, password = (
        os.environ.get(name) or filed.get("mlflow", name.lower(), fallback=None)
        for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD")
    )
    return username, password


def _tls(address: Address) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"))
        if certificate := os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH"):
            context.load_cert_chain(certificate)
    except OSError as error:
        raise StoreError(
            f"The certificates for the store {address} cannot be read ({error}): correct "
            "MLFLOW_TRACKING_SERVER_CERT_PATH and MLFLOW_TRACKING_CLIENT_CERT_PATH."
        ) from error
    if os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("true", "1"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
