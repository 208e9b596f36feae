"""Where browsers find a business, stated once for every absolute link of every service. Pure."""

from urllib.parse import urlsplit

from servicehub_events import Business


def origin_of(business: Business, public_origin: str) -> str:
    """The origin with which links to a business begin, such as `https://portal.example.com`, without a slash.

    `public_origin` is the platform's. It is a setting, never the Host of a request: a link that was sent
    stays what the installation says. A business with a domain of its own is there, behind the same gateway.
    """
    return origin_at(own_domain(business), public_origin)


def origin_at(domain: str | None, public_origin: str) -> str:
    """The origin of a domain of a business, or the platform's where it has none."""
    platform = urlsplit(public_origin)
    if domain is None:
        return public_origin
    return f"{platform.scheme}://{domain}{f':{platform.port}' if platform.port else ''}"


def own_domain(business: Business) -> str | None:
    """The domain where the portal of a business is; None while none was shown to be its own."""
    check = business.domain_check
    return business.domain if check and check.status == "verified" else None


def is_found_at(business: Business, host: str, public_origin: str) -> bool:
    """Whether a business is found at this host: that of the platform, or its own domain, and no other one."""
    return host in (host_of(public_origin), own_domain(business))


def host_of(origin: str) -> str:
    """The host of an origin, without a port."""
    return urlsplit(origin).hostname or "localhost"
