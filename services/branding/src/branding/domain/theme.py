"""The stylesheet of a business: the palette of its one colour, as the custom properties that pages use."""

from chassis.words.palette import palette


def stylesheet(primary: str) -> str:
    """The CSS for one picked colour `#rrggbb`. Browsers without `light-dark()` get the light colours."""
    both = palette(primary)
    names = both.light._fields
    plain = [f"  --b-{name}: {light};" for name, light in zip(names, both.light, strict=True)]
    paired = [
        f"    --b-{name}: light-dark({light}, {dark});"
        for name, light, dark in zip(names, both.light, both.dark, strict=True)
    ]
    lines = [
        ":root {",
        *plain,
        "}",
        "@supports (color: light-dark(#000, #fff)) {",
        "  :root {",
        *paired,
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"
