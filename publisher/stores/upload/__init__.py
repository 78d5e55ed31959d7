"""A store of this kind is a service that accepts uploads of CARs. This module defines the settings and opens the store.

service.py does the work.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass, field
from publisher.http.auth import Clock, check_url, consistent, credentials, place
from publisher.stores.upload.presets import PRESETS, Preset

if TYPE_CHECKING:
    from publisher.http.client import Service
    from publisher.stores.base import Store, StoreContext
    from publisher.stores.pinning.service import PinningService
    from publisher.stores.upload.uploads import Uploads

HELP = "set `service` to the service whose token this is, or correct `api`"


@dataclass(frozen=True, slots=True)
class UploadSettings:
    """The table `[stores.LABEL]` with `kind = "upload"`, for a service that takes a CAR."""

    service: str = field(default="", metadata={"choices": tuple(PRESETS)})
    """The name of the service. It says which upload interface is used."""
    api: str = ""
    """Another address that has the same paths as the service: a URL, or env:PUBLISH_X for a variable with the URL."""
    token_env: str = ""
    """The name of the variable that holds the token of Pinata or Lighthouse."""
    key_env: str = ""
    """The name of the variable that holds the access key of Filebase."""
    secret_env: str = ""
    """The name of the variable that holds the secret of this access key."""
    bucket: str = ""
    """The name of the bucket at Filebase."""
    gateway: str = ""
    """The URL of a gateway of the service that returns blocks unchanged. If it is empty, blocks are not read back."""
    largest_mb: int | None = None
    """The largest upload in megabytes that your plan allows. 0 stands for no limit. None stands for the known limit."""
    wait: float = 60.0
    """If one of your nodes has the root, the service may take this number of seconds to fetch it from there."""
    timeout: float = 60.0
    """A request fails after this number of seconds without a byte. A whole upload may take longer."""


SETTINGS: type[UploadSettings] = UploadSettings


def connect(label: str, settings: UploadSettings, context: StoreContext, clock: Clock | None = None) -> Store:
    """Open the service. Nothing is sent yet. Raises ConfigError for settings that cannot be used."""
    _consistent(label, settings)
    opened = _Opening(label, settings, PRESETS[settings.service], context, clock or Clock())
    from publisher.http.redact import host_of
    from publisher.stores.upload.service import UploadService

    uploads, pinner = opened.open()
    preset = opened.preset
    largest = preset.largest_mb if settings.largest_mb is None else settings.largest_mb
    return UploadService(
        label,
        uploads,
        preset,
        host_of(opened.at(preset.upload)),
        pinner,
        largest,
        bool(settings.token_env or settings.key_env),
        settings.gateway,
        settings.timeout,
        opened.clock,
        context.proxy,
    )


def check(settings: UploadSettings) -> None:
    """Raise ConfigError if the settings are wrong. The network is not used."""
    _consistent("upload", settings)
    if settings.api and not settings.api.startswith("env:"):
        check_url("upload", "api", settings.api)


def where(settings: UploadSettings) -> str:
    """Return a text about the service and the account. It is the same for two stores with the same account."""
    return f"{settings.api or settings.service} {settings.token_env}{settings.key_env} {settings.bucket}"


@dataclass(frozen=True, slots=True)
class _Opening:
    """The values from which the clients of one service are made."""

    label: str
    settings: UploadSettings
    preset: Preset
    context: StoreContext
    clock: Clock

    def at(self, url: str) -> str:
        """Return a URL of the preset, on the host of the setting `api` if this is set."""
        if not self.settings.api:
            return url
        return place(self.label, self.settings.api, self.context.address) + urlsplit(url).path

    def open(self) -> tuple[Uploads, PinningService | None]:
        """Return the uploads of the account, and its Pinning Service API or None."""
        if self.preset.interface == "s3":
            return self._objects()
        token = self._credentials()
        pinner = self._pinner(token)
        uploading, listing = self._service(self.preset.upload, token), self._service(self.preset.listing, token)
        if self.preset.interface == "pinata":
            from publisher.stores.upload.pinata import PinataFiles

            return PinataFiles(uploading, listing), pinner
        from publisher.stores.upload.lighthouse import LighthouseFiles

        return LighthouseFiles(uploading, listing), pinner

    def _objects(self) -> tuple[Uploads, PinningService | None]:
        from publisher.http.signature_v4 import AccessKey
        from publisher.stores.s3.bucket import S3Bucket
        from publisher.stores.upload.car_objects import CarObjects

        bucket, settings = self.settings.bucket, self.settings
        key, secret = (self._secret(name) if name else "" for name in (settings.key_env, settings.secret_env))
        # The token of the Pinning Service API consists of these three values.
        token = "Bearer " + base64.b64encode(f"{key}:{secret}:{bucket}".encode()).decode()
        pinner = self._pinner((lambda: token) if key else None)
        service = self._service(f"{self.preset.upload}/{bucket}", None, bool(key))
        return CarObjects(S3Bucket(service, AccessKey(key, secret))), pinner

    def _secret(self, variable: str) -> str:
        also = tuple(self.preset.hosts)
        return self.context.credential(variable, self.at(self.preset.upload), also).strip()

    def _credentials(self) -> Callable[[], str] | None:
        return credentials(self.label, self._secret, self.settings.token_env)

    def _service(self, url: str, sign: Callable[[], str] | None, has_key: bool = False) -> Service:
        from publisher.http.client import open_service
        from publisher.http.errors import ServiceCall
        from publisher.http.redact import host_of

        base = self.at(url)
        kind = f"upload interface of {self.settings.service}"
        signed = has_key or sign is not None
        asked = ServiceCall(self.label, kind, host_of(base), self.settings.timeout, signed, HELP)
        return open_service(asked, base, sign, self.clock, self.context.proxy(base))

    def _pinner(self, sign: Callable[[], str] | None) -> PinningService | None:
        from publisher.stores.pinning.api import Pins
        from publisher.stores.pinning.service import PinningService

        if not self.preset.pins:
            return None
        return PinningService(self.label, Pins(self._service(self.preset.pins, sign)), self.settings.wait)


def _consistent(label: str, settings: UploadSettings) -> None:
    consistent(label, settings.token_env, timeout=settings.timeout, wait=settings.wait)
    if settings.service not in PRESETS:
        hint = f"write one of {', '.join(PRESETS)}"
        what = f"service: there is no preset {settings.service!r}" if settings.service else "service is missing"
        raise ConfigError(label, what, hint=hint)
    bucket = PRESETS[settings.service].interface == "s3"
    if bucket and settings.token_env:
        raise ConfigError(label, f"token-env is not for {settings.service}", hint="set key-env and secret-env instead")
    if not bucket and (settings.key_env or settings.secret_env or settings.bucket):
        hint = "set token-env instead, and remove key-env, secret-env and bucket"
        raise ConfigError(label, f"key-env, secret-env and bucket are not for {settings.service}", hint=hint)
    if bool(settings.key_env) != bool(settings.secret_env):
        raise ConfigError(label, "key-env and secret-env belong together", hint="set both or none")
    if bucket and (not settings.bucket or not settings.bucket.isascii() or set(settings.bucket) & set("/?#% ")):
        raise ConfigError(label, "bucket must be the name of a bucket", hint="copy it from the page of the service")
    if settings.largest_mb is not None and settings.largest_mb < 0:
        raise ConfigError(label, "largest-mb must be 0 or more", hint="write a number of megabytes, or 0 for no limit")
    if settings.gateway:
        check_url(label, "gateway", settings.gateway)
