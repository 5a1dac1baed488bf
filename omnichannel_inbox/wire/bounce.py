"""Whether a mail system says that there is no such mailbox (RFC 3463, RFC 5321).

Other refusals say something about the mail (spam, too large), about us, or about the moment.
"""

import re

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<!\d)(550|551|553)(?!\d)")
_NO_MAILBOX = {
    "1.0",  # other address status
    "1.1",  # bad destination mailbox address
    "1.2",  # bad destination system address
    "1.3",  # bad destination mailbox address syntax
    "1.4",  # destination mailbox address ambiguous
    "1.6",  # destination mailbox has moved
    "1.10",  # the recipient's domain takes no mail at all (RFC 7505)
    "2.1",  # mailbox disabled
    "4.4",  # unable to route: the domain is not there
}
_WORDS = re.compile(
    r"(no such (user|mailbox|recipient|address|person)|no mailbox"
    r"|not a (valid|known) (user|mailbox|recipient)"
    r"|(user|recipient|mailbox|address|account)\b.{0,40}"
    r"(unknown|not found|does(n't| not) exist|unavailable|disabled|inactive|rejected|invalid)"
    r"|(unknown|invalid|unrouteable|unroutable) (user|recipient|mailbox|address|account))",
    re.IGNORECASE | re.DOTALL,
)
_POLICY = re.compile(
    r"spam|blocked|block ?list|black ?list|policy|reputation|dmarc|spf\b|quota|full", re.IGNORECASE
)
_MAX_LENGTH = 1000  # characters of a mail system's words that are looked at


def is_unknown_mailbox(code, text):
    """Whether no mail will ever arrive at the address.

    :param code: the enhanced status code (5.1.1), the reply code (550), or nothing
    :param text: the mail system's words, which often hold a more exact code
    """
    said = f"{code or ''} {text or ''}"[:_MAX_LENGTH]
    found = [match.groups() for match in _ENHANCED.finditer(said)]
    if any(severity != "5" for severity, *_detail in found):
        return False
    details = {f"{subject}.{detail}" for _severity, subject, detail in found} - {"0.0"}
    if details:
        return details <= _NO_MAILBOX
    return bool(_REPLY.search(said) and _WORDS.search(said) and not _POLICY.search(said))
