"""Assets never change under one name."""

from portal_read import pages


def test_the_stylesheet_is_one_file_of_tokens_and_rules() -> None:
    sheet = pages.assets()["portal.css"]
    assert sheet.body.index(b"--b-fill:") < sheet.body.index(b".due {")
    assert sheet.content_type == "text/css; charset=utf-8"


def test_an_asset_is_found_by_the_name_in_its_address_and_by_no_other() -> None:
    for name, asset in pages.assets().items():
        stem, extension = name.split(".")
        file_name = asset.url.removeprefix("/portal/assets/")
        assert file_name.startswith(f"{stem}-")
        assert file_name.endswith(f".{extension}")
        assert pages.asset_named(file_name) == asset
        assert pages.asset_named(name) is None
    assert pages.asset_named("../pages/assets.py") is None
