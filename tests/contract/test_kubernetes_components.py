"""What an overlay may take in beside the base: each is rendered, judged, and says what it needs."""

import re
from typing import Any

import pytest

from tests.contract.support.kubernetes_manifests import ROOT, Manifest, of_kind, render, render_with
from tests.contract.support.kubernetes_schema import VERSIONS, schema_problems

FOLDER = ROOT / "deploy/k8s/components"
COMPONENTS = sorted(each.name for each in FOLDER.iterdir() if each.is_dir())
TAKEN_IN = {"domains", "settings-api"}
"""By the production overlay itself."""
WAVE = "argocd.argoproj.io/sync-wave"


def test_each_has_a_row_that_says_what_it_needs_and_replaces() -> None:
    rows = re.findall(
        r"^\| `([a-z-]+)` \| \S.*? \| \S.*? \|$", (FOLDER / "README.md").read_text(), re.MULTILINE
    )
    assert sorted(rows) == COMPONENTS


@pytest.mark.judge
@pytest.mark.parametrize("component", COMPONENTS)
def test_the_api_knows_every_field(component: str) -> None:
    manifests = render("production") if component in TAKEN_IN else render_with(component)
    for version in VERSIONS:
        assert schema_problems(manifests, version) == []


def annotations(manifest: Manifest) -> dict[str, str]:
    metadata: Any = manifest["metadata"]
    return metadata.get("annotations", {})


def waves(manifests: list[Manifest], *kinds: str) -> set[int]:
    return {int(annotations(each).get(WAVE, "0")) for each in of_kind(manifests, *kinds)}


def test_argo_cd_migrates_after_what_migrations_need_and_before_the_processes() -> None:
    manifests = render_with("argo-cd")
    (first,), (then,), (last,) = (
        waves(manifests, "ConfigMap", "NetworkPolicy", "ServiceAccount"),
        waves(manifests, "Job"),
        waves(manifests, "Deployment"),
    )
    assert first < then < last
    for job in of_kind(manifests, "Job"):
        assert annotations(job)["argocd.argoproj.io/hook"] == "Sync"
        assert annotations(job)["argocd.argoproj.io/hook-delete-policy"] == "BeforeHookCreation"


def test_flux_makes_a_job_anew_for_another_release_and_runs_none_twice() -> None:
    jobs: list[Any] = list(of_kind(render_with("flux"), "Job"))
    assert {annotations(job)["kustomize.toolkit.fluxcd.io/force"] for job in jobs} == {"enabled"}
    assert not [job for job in jobs if "ttlSecondsAfterFinished" in job["spec"]]
