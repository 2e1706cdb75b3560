"""Where a download may be had: its published addresses, and the mirrors that the user has set.

ASRD_MIRROR   a folder on some server that holds the published files under their names; asked first
HF_ENDPOINT   what stands in for https://huggingface.co, as in the tools of Hugging Face
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from asrd.errors import ConfigError
from asrd.store.manifest import Download

MIRROR_VARIABLE: Final = "ASRD_MIRROR"
ENDPOINT_VARIABLE: Final = "HF_ENDPOINT"
_HUGGING_FACE: Final = "https://huggingface.co/"


def sources(download: Download, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The addresses to try, in their order.

    Raises:
        ConfigError: a mirror is no address.
    """
    mirror, endpoint = _address(MIRROR_VARIABLE, environ), _address(ENDPOINT_VARIABLE, environ)
    found = [f"{mirror}/{download.file_name}"] if mirror else []
    for url in download.urls:
        is_there = endpoint and url.startswith(_HUGGING_FACE)
        found.append(f"{endpoint}/{url.removeprefix(_HUGGING_FACE)}" if is_there else url)
    return tuple(dict.fromkeys(found))


def plain_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    """The hosts that may be asked over http, since the user named them so; raises as `sources`."""
    addresses = [_address(name, environ) for name in (MIRROR_VARIABLE, ENDPOINT_VARIABLE)]
    return frozenset(urlsplit(url).hostname or "" for url in addresses if urlsplit(url).scheme == "http")


def _address(variable: str, environ: Mapping[str, str]) -> str:
    url = environ.get(variable, "").strip().rstrip("/")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        is_good = False
    if not is_good or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ConfigError(f"{variable} is no address of a mirror: give it as https://HOST or https://HOST/FOLDER")
    return url
