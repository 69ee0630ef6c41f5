# pymirage: hot
"""Why a message was refused: a closed list, so that answers, counters and logs name every reason.

Parsers return a reason instead of raising. Most exist because two parsers that read one message differently
can be played against each other (request smuggling, RFC 9112 §11.2): what is ambiguous is refused.
"""

from enum import Enum


class Refusal(Enum):
    """The status that answers it, and what is wrong."""

    # The start line.
    START_LINE = "400 malformed start line"
    METHOD = "501 method of this name is not known"
    TARGET = "400 malformed request target"
    TARGET_FORM = "400 request target in a form that the method does not allow"
    START_LINE_SIZE = "414 request line is longer than this server reads"
    VERSION = "505 version of HTTP is not spoken here"
    STATUS = "400 malformed status"

    # Fields.
    LINE_END = "400 line that does not end in CR LF"
    FIELD_NAME = "400 malformed field name, or space before its colon"
    FIELD_VALUE = "400 control character in a field"
    FOLDED = "400 field folded over several lines"
    FIELD_SIZE = "431 field is longer than this server reads"
    FIELD_COUNT = "431 more fields than this server reads"
    HEAD_SIZE = "431 fields are together longer than this server reads"
    TRAILER_SIZE = "431 trailer fields are longer than this server reads"

    # What they mean.
    HOST_MISSING = "400 no Host field"
    HOST_TWICE = "400 several Host fields"
    HOST = "400 malformed Host field"
    HOST_TARGET = "400 Host field and request target name different hosts"
    EXPECTATION = "417 expectation that is not known"

    # The body's length.
    LENGTH = "400 malformed Content-Length"
    LENGTH_TWICE = "400 several Content-Length fields"
    LENGTH_AND_CODING = "400 both Content-Length and Transfer-Encoding"
    CODING = "400 Transfer-Encoding that does not end in chunked, once"
    CODING_UNKNOWN = "501 transfer coding is not known"
    CODING_VERSION = "400 Transfer-Encoding in HTTP/1.0"
    CONNECT_BODY = "400 CONNECT with content"
    BODY_SIZE = "413 content is larger than this server takes"

    # Chunked.
    CHUNK_SIZE = "400 malformed chunk size"
    CHUNK_EXTENSION = "400 malformed chunk extension"
    CHUNK_EXTENSION_SIZE = "400 chunk extensions are longer than this server reads"
    CHUNK_END = "400 chunk that does not end where its size says"

    # Time and order.
    INCOMPLETE = "400 connection ended in the middle of a message"
    UNASKED = "400 response without a request"
    TIMEOUT = "408 request did not arrive in time"

    def status(self) -> int:
        """What answers it."""
        return int(self.value[:3])

    def reason(self) -> str:
        """What is wrong."""
        return self.value[4:]
