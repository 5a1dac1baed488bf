"""Origins of web pages (scheme, host, port), as browsers write them in the header of that name."""

import ipaddress
import re
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def origin_of(address):
    """The origin of a page's address, or "" where there is none: ``https://shop.example``.

    What a browser sends and what somebody typed come out alike: in lower case, without the scheme's own
    port, names in other scripts in their ASCII form.
    """
    try:
        parts = urlsplit(str(address).strip())
        host, port = parts.hostname or "", parts.port
        host = _host(host)
    except ValueError:  # of the port, of brackets, of names that are none
        return ""
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        return ""
    is_usual = port in (None, _PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{port}")


def is_bare(address):
    """Whether nothing but an origin is named: no page, no question mark."""
    parts = urlsplit(str(address).strip())
    return parts.path in ("", "/") and not parts.query and not parts.fragment


def _host(host):
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host).compressed}]"
    # A label that is too long, or none at all, is a ValueError as well.
    host = host.encode("idna").decode().lower().rstrip(".")
    return host if all(_LABEL.fullmatch(label) for label in host.split(".")) else ""
