"""Meta's error codes: what to do about each, and what it means in plain words."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from odoo.addons.omnichannel_inbox.wire import SendError, _

DAY = 24 * 3600
NOT_ON_WHATSAPP = "131026"

# What each code means: the words say what happened and, where somebody can do something, what.
_TRY_AGAIN = {
    "1": _("WhatsApp has a problem of its own."),
    "2": _("WhatsApp is down for the moment."),
    "4": _("Too many calls to WhatsApp in a short time."),
    "80007": _("Too many messages from this account in a short time."),
    "130429": _("Too many messages from this number in a short time."),
    "131000": _("WhatsApp could not say what went wrong."),
    "131016": _("WhatsApp is overloaded."),
    "131056": _("Too many messages to this customer in a short time."),
    "131057": _("WhatsApp is doing maintenance on this account."),
    "133004": _("WhatsApp is down for the moment."),
    "131049": _("WhatsApp limits how much marketing this customer gets a day."),
}
_WILL_NOT_GO_OUT = {
    "100": _("WhatsApp did not accept the message's content."),
    "130472": _("WhatsApp withholds marketing from this customer (an experiment of Meta's)."),
    "130497": _("This business may not write to customers in this country."),
    "131008": _("WhatsApp misses something in the message."),
    "131009": _("WhatsApp did not accept a value in the message."),
    "131021": _("The message would go to the number it comes from."),
    NOT_ON_WHATSAPP: _("The number is not on WhatsApp, or cannot receive this message."),
    "131047": _("The customer wrote more than 24 hours ago: only a template can be sent."),
    "131050": _("The customer does not want marketing messages from you."),
    "131051": _("WhatsApp does not know this kind of message."),
    "131052": _("WhatsApp could not fetch the customer's file."),
    "131053": _("WhatsApp did not accept the file: its type or size is not allowed."),
    "131060": _("WhatsApp cannot show this message here."),
    "132000": _("The number of the template's variables is wrong."),
    "132001": _("The template does not exist in this language, or is not approved."),
    "132005": _("The template's text becomes too long with these values."),
    "132007": _("The template breaks a rule of WhatsApp's."),
    "132012": _("A value does not fit the template's variable."),
    "132015": _("WhatsApp paused the template because of low quality."),
    "132016": _("WhatsApp disabled the template for good because of low quality."),
    "132068": _("The template's form is blocked."),
    "132069": _("The template's form is used too often."),
}
_ACCOUNT_REFUSED = {
    "0": _("WhatsApp refuses the access token: enter a new one at the channel."),
    "3": _("The access token may not send: make one with whatsapp_business_messaging."),
    "10": _("The access token may not send: make one with whatsapp_business_messaging."),
    "190": _("The access token is wrong or expired: enter a new one at the channel."),
    "200": _("The access token may not send: make one with whatsapp_business_messaging."),
    "368": _("Meta blocked this account for breaking its rules: see Meta's Business Manager."),
    "131005": _("The access token may not send: make one with whatsapp_business_messaging."),
    "131031": _("Meta locked this account: see Meta's Business Manager."),
    "131042": _("Meta could not charge the account: check the payment method at Meta."),
    "131045": _("The phone number is not registered for the Cloud API: register it at Meta."),
    "133010": _("The phone number is not registered for the Cloud API: register it at Meta."),
}

# code: (kind, words)
CODES = {
    **{code: ("temporary", text) for code, text in _TRY_AGAIN.items()},
    **{code: ("permanent", text) for code, text in _WILL_NOT_GO_OUT.items()},
    **{code: ("channel", text) for code, text in _ACCOUNT_REFUSED.items()},
}


def words(code, fallback=""):
    """What an error code means; for one we do not know, what Meta says about it."""
    known = CODES.get(str(code))
    if known:
        return known[1]
    return fallback or _("WhatsApp reported an error that is not known here.")


def kind_of(code, http_status=None):
    """What to do about an error; see ``SendError``."""
    code = str(code)
    if code in CODES:
        return CODES[code][0]
    if code.isdigit() and 200 <= int(code) <= 299:
        return "channel"  # Meta reserves these for missing permissions
    if http_status in (401, 403):
        return "channel"
    if http_status == 429 or (http_status or 0) >= 500:
        return "temporary"
    return "permanent"


def send_error(http_status, body, retry_after=None):
    """The ``SendError`` for an answer that is no success.

    :param body: the answer's JSON, or None if it was none
    :param retry_after: the header of that name
    """
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return _without_code(http_status, retry_after)
    code = str(error.get("code", ""))
    kind = kind_of(code, http_status)
    wait = DAY if code == "131049" else seconds(retry_after)
    return SendError(code, words(code, _meta_words(error)), kind, wait)


def _without_code(http_status, retry_after):
    """A proxy answered instead of the API; behind it the message may have gone out."""
    if http_status in (502, 504):
        text = _("WhatsApp did not say whether it took the message.")
        return SendError(str(http_status), text, "uncertain")
    text = _("WhatsApp did not answer as it should.")
    return SendError(str(http_status), text, kind_of("", http_status), seconds(retry_after))


def _meta_words(error):
    """What Meta itself says, the most telling part first."""
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    for text in (details, error.get("error_user_msg"), error.get("message"), error.get("title")):
        if isinstance(text, str) and text.strip():
            return text.strip()
    return ""


def seconds(retry_after, now=None):
    """Seconds of a Retry-After header (a number or a date), at most a day; None if it has none."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), DAY)
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(0, int((until - (now or datetime.now(UTC))).total_seconds())), DAY)
