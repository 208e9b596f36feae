"""From the books to what is sent: lists newest first with cursors, and the parts that `expand[]` asks for."""

from collections.abc import Sequence

from stand_in_stripe.books import Selection, Value
from stand_in_stripe.errors import invalid, no_such
from stand_in_stripe.objects import TABLE, Json, plain
from stand_in_stripe.sandbox import Context

DEEPEST = 4
USUAL_LIMIT = 10
_NOTHING: Json = {"properties": {}}


def listed(ctx: Context, kind: str, url: str, asked: Json, **fields: Value) -> Json:
    """A list object of what has these fields; `asked` holds the parameters of a list. Raises StripeError."""
    limit, before = asked.get("limit", USUAL_LIMIT), asked.get("ending_before")
    wanted = Selection(
        fields=fields,
        created=asked.get("created", {}),
        below=_cursor(ctx, kind, asked, "starting_after"),
        above=_cursor(ctx, kind, asked, "ending_before"),
    )
    rows = [owned.object for owned in ctx.sandbox.books.newest(ctx.account, kind, limit + 1, wanted)]
    return _list_of(rows[-limit:] if before else rows[:limit], url, more=len(rows) > limit)


def list_within(ctx: Context, resource: Json, field: str, asked: Json) -> Json:
    """The list that an object has where it is asked for: of a session's lines, or of what names it."""
    owner: str = resource["object"]
    if owner != "checkout.session":
        url = f"/v1/{owner}s/{resource['id']}/{field}"
        return listed(ctx, field.removesuffix("s"), url, asked, **{owner: resource["id"]})
    # The books have them with the session, whose id is all that is left of it in what is sent.
    items: list[Json] = ctx.get("checkout.session", resource["id"], "session")["_line_items"]
    limit = asked.get("limit", USUAL_LIMIT)
    url = f"/v1/checkout/sessions/{resource['id']}/line_items"
    return _list_of(items[:limit], url, more=len(items) > limit)


def expanded(ctx: Context, answer: Json, paths: Sequence[str]) -> Json:
    """What is sent, with the objects named by `paths` in the place of their ids. Raises StripeError."""
    shown = plain(answer)
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise invalid("expand", f"You cannot expand more than {DEEPEST} levels of a property.")
        _expand(ctx, shown, steps, path)
    return shown


def _expand(ctx: Context, resource: Json, steps: Sequence[str], path: str) -> None:
    first, *rest = steps
    if resource["object"] == "list" and first == "data":
        for entry in resource["data"]:
            _expand(ctx, entry, rest, path)
        return
    below = resource[first] = _load(ctx, resource, first, path)
    if rest and isinstance(below, dict):
        _expand(ctx, below, rest, path)


def _load(ctx: Context, resource: Json, field: str, path: str) -> Json | str | None:
    schema: Json = TABLE.objects.get(resource["object"], _NOTHING)["properties"].get(field, {})
    if "expandable" not in schema:
        raise invalid("expand", f"This property cannot be expanded ({path}).")
    value = resource.get(field)
    if "anyOf" not in schema:
        return value or list_within(ctx, resource, field, {})
    if isinstance(value, str):
        kinds = [reference["$ref"].rpartition("/")[2] for reference in schema["anyOf"][1:]]
        loaded = next((candidate for kind in kinds if (candidate := ctx.find(kind, value))), None)
        return plain(loaded) if loaded else value
    return value


def _list_of(data: Sequence[Json], url: str, *, more: bool) -> Json:
    return {"object": "list", "data": [plain(entry) for entry in data], "has_more": more, "url": url}


def _cursor(ctx: Context, kind: str, asked: Json, param: str) -> int | None:
    if (identifier := asked.get(param)) is None:
        return None
    position = ctx.sandbox.books.position(ctx.account, kind, identifier)
    if position is None:
        raise no_such(kind, identifier, param)
    return position
