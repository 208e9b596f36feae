"""Where PostgreSQL keeps its data when root starts it: apart from the stack, and no longer than that."""

from pathlib import Path

from local_stack.servers.postgres import remove_orphans


def test_a_home_goes_with_the_folder_of_its_stack(tmp_path: Path) -> None:
    homes, living = tmp_path / "homes", tmp_path / "living"
    living.mkdir()
    for name, stack in (("kept", living), ("orphan", tmp_path / "deleted")):
        (homes / name / "data").mkdir(parents=True)
        (homes / name / "of").write_text(str(stack))
    (homes / "of-nobody").mkdir()
    remove_orphans(homes)
    assert {home.name for home in homes.iterdir()} == {"kept", "of-nobody"}
