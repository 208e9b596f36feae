"""Text messages by Twilio's own client, at Twilio or wherever `TWILIO_BASE_URL` says."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

from chassis.observability import calling
from chassis.settings import Secret
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base import values
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import MaxRetryError, NewConnectionError

from notifier.adapters.twilio_errors import address_fault, error_name
from notifier.domain.delivery import DeliveryPostponed, DeliveryRejected, DeliveryUnconfirmed, Sms
from notifier.domain.reports import UNANSWERED
from notifier.domain.text_senders import TextSenders

_SHORTEST_VALIDITY = 6  # Twilio: more than 5 is recommended
_LONGEST_VALIDITY = 36_000  # Twilio takes no more
_logger = logging.getLogger("notifier.twilio")
_logger.setLevel(logging.WARNING)  # below that the client logs every request


class _ElsewhereHttpClient(TwilioHttpClient):
    """Sends every request of the client to another origin; Twilio's seam for that is a custom HTTP client."""

    def __init__(self, base_url: str, seconds: float) -> None:
        super().__init__(timeout=seconds, logger=_logger)
        self._base = urlsplit(base_url)

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        there = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        there = there._replace(path=self._base.path.rstrip("/") + there.path)
        elsewhere = urlunsplit(there)
        return super().request(method, elsewhere, params, data, headers, auth, timeout, allow_redirects)


class TwilioSender:
    """Sends from the number or name for each country.

    The client blocks, up to `seconds`, so it works in threads of its own.
    """

    def __init__(
        self,
        *,
        account: str,
        token: Secret,
        senders: TextSenders,
        base_url: str,
        at_once: int,
        seconds: float = 15.0,
    ) -> None:
        http = _ElsewhereHttpClient(base_url, seconds)
        self._client = Client(account, token.reveal(), http_client=http)
        self._senders = senders
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="twilio")

    async def send(self, sms: Sms) -> str | None:
        """Gives Twilio's message SID.

        Raises `DeliveryPostponed` (5xx, 429, login refused, unreachable), `DeliveryUnconfirmed` when it was
        asked and did not answer, or `DeliveryRejected` (any other 4xx).
        """
        with calling("twilio", "send"):
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._create, sms)

    def takes_replies(self, number: str) -> bool:
        """Whether somebody at this number can answer: nobody can answer to a name."""
        return self._senders.takes_replies(number)

    async def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False)

    def _create(self, sms: Sms) -> str | None:
        seconds = min(max(_SHORTEST_VALIDITY, int(sms.valid_for.total_seconds())), _LONGEST_VALIDITY)
        try:
            message = self._client.messages.create(
                to=sms.to,
                from_=self._senders.sender_for(sms.to),
                body=sms.text,
                validity_period=seconds,
                status_callback=sms.report_url or values.unset,
            )
        except (TwilioRestException, TwilioServiceException) as error:
            raise _by_status(error.status, error.code) from None
        except RequestException as error:
            if _was_asked(error):
                raise DeliveryUnconfirmed(UNANSWERED) from None
            raise DeliveryPostponed("twilio_unreachable") from None
        except (TwilioException, ValueError):  # the last: an answer that is not JSON
            raise DeliveryUnconfirmed(UNANSWERED) from None
        return message.sid


def _was_asked(error: RequestException) -> bool:
    """Whether the request may have reached Twilio: not where there was no connection to it."""
    if isinstance(error, ConnectTimeout):
        return False
    cause = error.args[0] if isinstance(error, NoConnection) and error.args else None
    return not (isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError))


def _by_status(status: int, code: int | None) -> DeliveryPostponed | DeliveryRejected:
    """`code` is Twilio's own, such as 21211 for a number that does not exist."""
    name = error_name(code, status)
    if status in (502, 504):  # whoever stands before Twilio had no answer of it
        return DeliveryUnconfirmed(UNANSWERED)
    passing = status >= 500 or status in (401, 403, 429)  # a refused login is ours to repair
    return DeliveryPostponed(name) if passing else DeliveryRejected(name, address_fault(code))
