"""A roll-out starts nothing new before every migration has ended well, whichever call of the API fails."""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.contract.support.kubernetes_manifests import ROOT, of_kind, render

STUB = ROOT / "tests/contract/support/stub_kubectl"
SERVICES = ("auth-otp", "portal-read", "billing", "notifier", "branding")
JOBS = [f"{service}-migrate" for service in SERVICES]


def look(**states: str) -> str:
    """What one look at the Jobs shows; those that are not named are complete."""
    return ", ".join(
        f"{job} {states.get(job.replace('-', '_'), 'SuccessCriteriaMet Complete')}" for job in JOBS
    )


DONE = look()
RUNNING = look(billing_migrate="")
FAILED = look(billing_migrate="FailureTarget Failed")


class RollOut(NamedTuple):
    """How it ended, what it said, and which calls it made in their order."""

    code: int
    said: str
    calls: list[str]

    @property
    def started(self) -> bool:
        """Whether any process was replaced."""
        return any("component in (api, worker)" in call for call in self.calls)

    def deleted(self) -> list[str]:
        """The ConfigMaps that it took away."""
        return [call.split()[-1] for call in self.calls if call.startswith("delete configmap")]


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """Rendered once for all tests: the stub prints it."""
    file = tmp_path / "rendered.yaml"
    file.write_text("---\n".join(yaml.safe_dump(each) for each in render("production")))
    return file


def roll_out(
    rendered: Path, *, jobs: str = DONE, fails: str = "", maps: str = "", used: str = "", seconds: int = 300
) -> RollOut:
    folder = rendered.parent / "calls-of-one"
    folder.mkdir()
    environment = os.environ | {
        "PATH": f"{STUB}:{os.environ['PATH']}",
        "STUB_FOLDER": str(folder),
        "STUB_RENDERED": str(rendered),
        "STUB_FAILS": fails,
        "STUB_JOBS": jobs,
        "STUB_CONFIG_MAPS": maps,
        "STUB_USED": used,
        "PAUSE_SECONDS": "0",
        "MIGRATION_SECONDS": str(seconds),
        "READY_SECONDS": str(seconds),
    }
    command = ("deploy/k8s/roll-out", "deploy/k8s/overlays/production", "--context=test")
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    calls = folder / "calls"
    return RollOut(done.returncode, done.stdout, calls.read_text().splitlines() if calls.exists() else [])


def test_pods_are_replaced_once_every_migration_is_done(rendered: Path) -> None:
    done = roll_out(rendered, jobs=f"{RUNNING}|{RUNNING}|{DONE}")
    assert done.code == 0, done.said
    kinds = [call.split()[0] for call in done.calls]
    assert kinds[:6] == ["delete", "apply", "get", "get", "get", "apply"]
    waited = [call.split()[2] for call in done.calls if call.startswith("rollout status")]
    assert sorted(waited) == sorted(f"deployment/{s}-{p}" for s in SERVICES for p in ("api", "worker"))


@pytest.mark.parametrize(
    "call", ["delete-job:1", "apply:1", "apply:2", "get-job:1", "get-job:2", "rollout:1", "get-configmap:1"]
)
def test_one_call_that_fails_is_made_again(call: str, rendered: Path) -> None:
    done = roll_out(rendered, jobs=f"{RUNNING}|{RUNNING}|{DONE}", fails=call)
    assert done.code == 0, done.said
    assert done.started


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("delete-job:1+", "the migrations of the release before could not be taken away"),
        ("apply:1+", "settings and migrations could not be applied"),
        ("get-job:1+", "the API server does not tell how the migrations are"),
        ("get-job:2+", "the API server does not tell how the migrations are"),
    ],
)
def test_calls_that_go_on_failing_end_it_before_anything_new_starts(
    call: str, said: str, rendered: Path
) -> None:
    done = roll_out(rendered, jobs=f"{RUNNING}|{RUNNING}|{DONE}", fails=call)
    assert (done.code, done.started) == (1, False)
    assert said in done.said.splitlines()[-1]


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        (f"{RUNNING}|{FAILED}", "billing-migrate failed; the old pods go on serving"),
        (RUNNING, "not done: billing-migrate"),
        ("", "not done: auth-otp-migrate billing-migrate"),
    ],
)
def test_nothing_new_starts_while_a_migration_runs_or_after_it_failed(
    jobs: str, said: str, rendered: Path
) -> None:
    done = roll_out(rendered, jobs=jobs, seconds=300 if "|" in jobs else 0)
    assert (done.code, done.started) == (1, False)
    assert said in done.said.splitlines()[-1]


def test_a_migration_that_is_done_and_tidied_up_is_not_waited_for_again(rendered: Path) -> None:
    gone = ", ".join(each for each in RUNNING.split(", ") if "auth-otp" not in each)
    done = roll_out(rendered, jobs=f"{RUNNING}|{gone}|{', '.join(DONE.split(', ')[2:])}")
    assert done.code == 0, done.said


def test_pods_that_do_not_become_ready_end_it_in_words(rendered: Path) -> None:
    done = roll_out(rendered, fails="rollout:2+", seconds=0)
    assert done.code == 1
    assert "does not become ready; its old pods go on serving" in done.said.splitlines()[-1]


def test_settings_that_nothing_uses_any_more_are_taken_away(rendered: Path) -> None:
    names = [str(each["metadata"]["name"]) for each in of_kind(render("production"), "ConfigMap")]  # pyright: ignore[reportIndexIssue, reportUnknownArgumentType]  # YAML
    done = roll_out(
        rendered, maps=" ".join([*names, "portal-old", "billing-settings-before"]), used="portal-old x"
    )
    assert (done.code, done.deleted()) == (0, ["billing-settings-before"])


def test_nothing_is_taken_away_while_it_is_unknown_what_is_used(rendered: Path) -> None:
    done = roll_out(rendered, maps="portal-old", fails="get-replicaset:1+")
    assert (done.code, done.deleted()) == (0, [])


def test_every_generated_setting_is_found_by_its_label() -> None:
    for overlay in ("dev", "production"):
        for each in of_kind(render(overlay), "ConfigMap"):
            labels = each["metadata"]["labels"]  # pyright: ignore[reportIndexIssue, reportUnknownVariableType]  # YAML
            assert labels["app.kubernetes.io/part-of"] == "portal"
