"""Which request follows a redirect: RFC 9110 §15.4."""

from __future__ import annotations

from pymirage.error import UsageError
from pymirage.web.client.error import TooManyRedirects
from pymirage.web.client.url import Url, join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.protocol.http.fields import Fields

STATUSES = (301, 302, 303, 307, 308)
SECRETS = ("authorization", "cookie", "proxy-authorization", "www-authenticate", "host")
"""What is meant for one server and no other (§15.4)."""
OF_CONTENT = ("content-encoding", "content-language", "content-location", "content-type", "digest")
"""What describes a content that is not sent again."""


def target_of(url: Url, location: str) -> Url:
    """Where a redirect leads. Raises TooManyRedirects for where it must not: out of HTTPS, or out of HTTP."""
    try:
        target = join(url, location)
    except UsageError as error:
        raise TooManyRedirects(f"{url} redirects to what is no address: {error}") from None
    if url.scheme == "https" and target.scheme == "http":
        raise TooManyRedirects(
            f"{url} redirects to {target}, which is not encrypted: ask that one if you mean it"
        )
    return target


def method_after(status: int, method: str) -> str:
    """303 wants the result; a POST became a GET in practice, and then in the standard (§15.4.2, §15.4.3)."""
    if status == 303 and method != "HEAD":
        return "GET"
    return "GET" if status in (301, 302) and method == "POST" else method


def fields_after(fields: Fields, url: Url, target: Url, *, has_content: bool) -> Fields:
    """What the next server may see."""
    kept = fields.copy()
    if url.origin() != target.origin():
        for name in SECRETS:
            kept.remove(name)
    if not has_content:
        for name in OF_CONTENT:
            kept.remove(name)
    return kept
