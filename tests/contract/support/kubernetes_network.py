"""Who may speak to whom: NetworkPolicies as the cluster reads them, as far as ours use them."""

from collections.abc import Mapping, Sequence

import msgspec

from tests.contract.support.kubernetes_manifests import Manifest, Metadata, Workload, of_kind


class Expression(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    operator: str
    values: list[str]


class Selector(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    match_labels: dict[str, str] = {}
    match_expressions: list[Expression] = []

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether something with these labels is meant."""
        if any(each.operator != "In" for each in self.match_expressions):
            raise NotImplementedError("teach this class the operator before using it")
        return all(labels.get(key) == value for key, value in self.match_labels.items()) and all(
            labels.get(each.key) in each.values for each in self.match_expressions
        )


class IpBlock(msgspec.Struct, frozen=True):
    cidr: str
    except_: list[str] = msgspec.field(default_factory=list[str], name="except")


class Peer(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    namespace_selector: Selector | None = None
    pod_selector: Selector | None = None
    ip_block: IpBlock | None = None


class PolicyPort(msgspec.Struct, frozen=True):
    port: int | str
    protocol: str = "TCP"


class Rule(msgspec.Struct, frozen=True, rename={"sources": "from", "targets": "to"}):
    ports: list[PolicyPort]
    sources: list[Peer] = []
    targets: list[Peer] = []


class PolicySpec(msgspec.Struct, frozen=True, rename="camel"):
    pod_selector: Selector
    policy_types: list[str]
    ingress: list[Rule] = []
    egress: list[Rule] = []


class Policy(msgspec.Struct, frozen=True):
    metadata: Metadata
    spec: PolicySpec


def policies(manifests: Sequence[Manifest]) -> list[Policy]:
    """Every NetworkPolicy."""
    return [msgspec.convert(each, Policy) for each in of_kind(manifests, "NetworkPolicy")]


def labels_of(workload: Workload) -> dict[str, str]:
    """The labels of its pods."""
    return msgspec.convert(workload.spec.template.metadata["labels"], dict[str, str])


def egress(found: Sequence[Policy], workload: Workload) -> list[Rule]:
    """Every rule that lets this process speak to somebody."""
    labels = labels_of(workload)
    return [rule for each in found if each.spec.pod_selector.selects(labels) for rule in each.spec.egress]


def ingress(found: Sequence[Policy], workload: Workload) -> list[Rule]:
    """Every rule that lets somebody speak to this process."""
    labels = labels_of(workload)
    return [rule for each in found if each.spec.pod_selector.selects(labels) for rule in each.spec.ingress]


def reaches(found: Sequence[Policy], source: Workload, target: Workload) -> bool:
    """Whether pods of `source` may open connections to the named port `http` of pods of `target`."""
    http = PolicyPort("http")
    out = any(http in rule.ports and _names(rule.targets, target) for rule in egress(found, source))
    return out and any(http in rule.ports and _names(rule.sources, source) for rule in ingress(found, target))


def _names(peers: Sequence[Peer], workload: Workload) -> bool:
    labels = labels_of(workload)
    return any(
        peer.pod_selector is not None and not peer.namespace_selector and peer.pod_selector.selects(labels)
        for peer in peers
    )
