"""Use an S3 bucket, or a folder that a web server shows, as a store. This module has its settings and opens it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import ConfigError
from publisher.fast_dataclass import dataclass
from publisher.http.auth import Clock, check_url, consistent, place

if TYPE_CHECKING:
    from publisher.stores.base import Store, StoreContext
    from publisher.stores.s3.bucket import S3Bucket
    from publisher.stores.s3.service import Objects

HELP = "set `api` to the S3 interface of the service, without the name of the bucket"


@dataclass(frozen=True, slots=True)
class S3Settings:
    """The table `[stores.LABEL]` with `kind = "s3"`."""

    api: str = ""
    """The S3 interface, without the bucket: a URL, or env:PUBLISH_X for a variable that has the URL."""
    bucket: str = ""
    """The name of the bucket."""
    region: str = "us-east-1"
    """The region of the bucket. It is a part of each signature."""
    key_env: str = ""
    """The name of the variable that holds the access key."""
    secret_env: str = ""
    """The name of the variable that holds the secret of this access key."""
    folder: str = ""
    """The path of a folder that a web server shows. It takes the place of a bucket."""
    prefix: str = ""
    """The text before the name of every object, such as "site"."""
    car: bool = False
    """This says whether each root is also stored as one CAR."""
    gateway: str = ""
    """The URL at which others read the objects. If it is empty, blocks are read back through `api` or `folder`."""
    timeout: float = 60.0
    """A request fails after this number of seconds without a byte."""


SETTINGS: type[S3Settings] = S3Settings


def connect(label: str, settings: S3Settings, context: StoreContext, clock: Clock | None = None) -> Store:
    """Open the bucket or the folder. Nothing is sent yet. Raises ConfigError for settings that cannot be used."""
    _consistent(label, settings)
    from publisher.stores.s3.service import BlockObjects

    prefix = f"{settings.prefix.strip('/')}/" if settings.prefix.strip("/") else ""
    if settings.folder:
        from publisher.stores.s3.folder import Folder

        objects: Objects = Folder(label, Path(settings.folder))
        shown = f"the folder {settings.folder}"
    else:
        bucket = _bucket(label, settings, context, clock or Clock())
        objects, shown = bucket, f"the bucket {settings.bucket} at {bucket.service.call_info.where}"
    return BlockObjects(label, objects, shown, settings.car, settings.gateway, settings.timeout, context.proxy, prefix)


def check(settings: S3Settings) -> None:
    """Raise ConfigError if the settings are wrong. The network is not used."""
    _consistent("s3", settings)
    if settings.api and not settings.api.startswith("env:"):
        check_url("s3", "api", settings.api)


def where(settings: S3Settings) -> str:
    """Return a text about the place of the objects. It is the same for two stores in the same place."""
    return settings.folder.rstrip("/") or f"{settings.api.rstrip('/')} {settings.bucket}"


def _bucket(label: str, settings: S3Settings, context: StoreContext, clock: Clock) -> S3Bucket:
    from publisher.http.client import open_service
    from publisher.http.errors import ServiceCall
    from publisher.http.redact import host_of
    from publisher.http.signature_v4 import AccessKey
    from publisher.stores.s3.bucket import S3Bucket
    from publisher.stores.s3.service import TOGETHER

    url = place(label, settings.api, context.address)
    names = (settings.key_env, settings.secret_env)
    key, secret = (context.credential(name, url).strip() if name else "" for name in names)
    asked = ServiceCall(label, "S3 interface", host_of(url), settings.timeout, bool(key), HELP)
    base, proxy = f"{url}/{settings.bucket}", context.proxy(url)
    service = open_service(asked, base, None, clock, proxy, connections=TOGETHER)
    return S3Bucket(service, AccessKey(key, secret, settings.region))


def _consistent(label: str, settings: S3Settings) -> None:
    consistent(label, "", timeout=settings.timeout)
    if bool(settings.key_env) != bool(settings.secret_env):
        raise ConfigError(label, "key-env and secret-env belong together", hint="set both or none")
    if settings.folder:
        if not Path(settings.folder).is_absolute():
            raise ConfigError(label, "folder must be an absolute path", hint='write it as "/srv/www/site"')
        if settings.api or settings.bucket or settings.key_env:
            raise ConfigError(label, "folder and api exclude each other", hint="keep the one that you use")
    elif not settings.api:
        raise ConfigError(label, "api is missing", hint="set api to the S3 interface, or folder to a folder")
    elif not settings.bucket or not settings.bucket.isascii() or set(settings.bucket) & set("/?#% "):
        raise ConfigError(label, "bucket must be the name of a bucket", hint="copy it from the page of the service")
    if ".." in settings.prefix.split("/"):
        raise ConfigError(label, "prefix must not lead out of the bucket", hint='write it as "site"')
    if settings.gateway:
        check_url(label, "gateway", settings.gateway)
