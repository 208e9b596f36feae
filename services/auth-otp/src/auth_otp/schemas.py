"""What a request may say: the same field names in forms and JSON."""

from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec
from chassis.web import wants_json
from chassis.web.problems import Problem
from msgspec import Meta
from starlette.requests import Request

_LARGEST_BODY = 8192
Text = Annotated[str, Meta(max_length=1024)]


class InvalidRequest(Problem):
    """The body is too large, or no form or JSON object of the expected fields."""

    status, code = 422, "invalid_request"
    title = "The request is not valid."


class CodeForm(msgspec.Struct, frozen=True):
    """`POST …/codes`"""

    address: Text = ""


class SessionForm(msgspec.Struct, frozen=True):
    """`POST …/sessions`. A form sends `remember` as `on`, `true` or `1`, or leaves it out."""

    code: Text = ""
    remember: bool | Text = False

    @property
    def remembered(self) -> bool:
        """Whether "this is my device" was ticked."""
        return self.remember is True or self.remember in ("on", "true", "1", "yes")


class ChoiceForm(msgspec.Struct, frozen=True):
    """`POST …/choice`: the place in the list shown, from 0."""

    choice: int | None = None


class SignOutForm(msgspec.Struct, frozen=True):
    """`POST …/sign-out`"""

    everywhere: bool | Text = False

    @property
    def from_everywhere(self) -> bool:
        """Whether every device is meant."""
        return self.everywhere is True or self.everywhere in ("on", "true", "1", "yes")


class WhichChoice(msgspec.Struct, frozen=True):
    """`POST /internal/choices`"""

    business_id: Text
    id: Text


F = TypeVar("F", bound=msgspec.Struct)


async def read(request: Request, kind: type[F]) -> F:
    """The fields of a form or a JSON object. Raises `InvalidRequest`."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise InvalidRequest("The body is too large.")
    try:
        if wants_json(request):
            return msgspec.json.decode(body or b"{}", type=kind)
        fields = dict(parse_qsl(body.decode(), max_num_fields=20, keep_blank_values=False))
        return msgspec.convert(fields, kind, strict=False)
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidRequest("Expected a form or a JSON object with text fields.") from error
