"""The stylesheet of a business: the palette of its colours, as the custom properties that pages use."""

from chassis.words.palette import palette
from servicehub_events import Colours


def stylesheet(colours: Colours) -> str:
    """The CSS for the picked colours. Browsers without `light-dark()` get the light colours."""
    both = palette(colours.primary, colours.accent)
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
