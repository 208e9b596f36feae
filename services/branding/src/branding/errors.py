"""What can go wrong, each with its answer."""

from chassis.web.problems import Problem


class Unauthorised(Problem):
    """No key, or not the right one."""

    status = 401
    code = "unauthorised"
    title = "Send the branding key as `Authorization: Bearer <key>`."

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class UnknownBusiness(Problem):
    """Nothing was ever said about this business."""

    status = 404
    code = "unknown_business"
    title = "This business has no portal yet. PUT its branding first."


class SlugTaken(Problem):
    """A slug is for ever the business's that had it first: old links must never lead to somebody else."""

    status = 409
    code = "slug_taken"
    title = "This slug belongs, or once belonged, to another business. Choose another one."


class InvalidBranding(Problem):
    """The body of a PUT does not hold what it must; the detail names each field."""

    status = 422
    code = "invalid_branding"
    title = "The branding is not valid. Correct the fields named in `detail`."


class UnusableLogo(Problem):
    """The picture cannot be shown; the detail says why."""

    status = 422
    code = "unusable_logo"
    title = "This logo can't be used. Send a PNG, JPEG or WebP picture."


class UnsupportedMediaType(Problem):
    """The body is of another kind than the route takes."""

    status = 415
    code = "unsupported_media_type"
    title = "The request has the wrong Content-Type."
