"""The Gateway of the domains of businesses: a listener and a certificate for each. Pure.

cert-manager makes the certificates of a Gateway that names an issuer, and the routes of the portal name this
Gateway beside that of the platform.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

NAME: Final = "portal-domains"
LARGEST: Final = 63
"""A Gateway has 64 listeners at most, and one of them is the plain one."""

Json = dict[str, object]


def domain_gateway(domains: Sequence[str], gateway_class: str, issuer: str) -> Json:
    """The manifest. Raises ValueError for more domains than one Gateway can have."""
    if len(domains) > LARGEST:
        raise ValueError(f"{len(domains)} domains; one Gateway has room for {LARGEST}")
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": NAME, "annotations": {"cert-manager.io/cluster-issuer": issuer}},
        "spec": {
            "gatewayClassName": gateway_class,
            "listeners": [
                {"name": "plain", "protocol": "HTTP", "port": 80},
                *(_listener(domain) for domain in domains),
            ],
        },
    }


def _listener(domain: str) -> Json:
    """Named by a hash: a domain is longer than a name of Kubernetes may be, and two must not share one."""
    name = f"domain-{hashlib.sha256(domain.encode()).hexdigest()[:16]}"
    return {
        "name": name,
        "protocol": "HTTPS",
        "port": 443,
        "hostname": domain,
        "tls": {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": f"{name}-tls"}]},
    }
