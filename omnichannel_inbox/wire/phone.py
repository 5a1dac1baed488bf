"""One key for all spellings of a phone number.

Some countries write a mobile number in two ways, and providers use either: Brazil with
and without the ninth digit, Mexico +52 1 and +52, Argentina +54 9 and +54.
"""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def canonical_key(number):
    """The key of a number in E.164; what is no number is its own key."""
    digits = _digits(number)
    if not digits:
        return number
    short, long = _forms(digits)
    return "+" + (short or long or digits)


def variants(number):
    """All spellings of a number in E.164 under which the same phone is known, its own first."""
    digits = _digits(number)
    if not digits:
        return [number]
    return list(dict.fromkeys("+" + form for form in (digits, *_forms(digits)) if form))


def _digits(number):
    """Digits of a number that looks like E.164, else an empty string."""
    digits = number[1:] if number.startswith("+") else number
    return digits if digits.isascii() and digits.isdigit() and len(digits) <= 17 else ""


def _forms(digits):
    """The shorter and the longer spelling of a mobile number that has two, else two empty strings."""
    for prefix, forms in (("55", _brazil), ("52", _mexico), ("54", _argentina)):
        if digits.startswith(prefix):
            return forms(digits[2:])
    return "", ""


def _brazil(national):
    area, local = national[:2], national[2:]
    if len(local) == 9 and local[0] == "9":
        short, long = local[1:], local
    elif len(local) == 8:
        short, long = local, "9" + local
    else:
        return "", ""
    # Before the ninth digit mobile numbers began with 6 to 9; landlines begin with 2 to 5.
    if short[0] in "6789" and _is_mobile("55" + area + long):
        return "55" + area + short, "55" + area + long
    return "", ""


def _mexico(national):
    # Since 2019 mobile and fixed numbers cannot be told apart by their digits; the 1 is only
    # ever put before a mobile one, so removing it mixes up nobody.
    local = national[1:] if len(national) == 11 and national[0] == "1" else national
    if len(local) == 10 and _is_mobile("52" + local):
        return "52" + local, "521" + local
    return "", ""


def _argentina(national):
    local = national[1:] if len(national) == 11 and national[0] == "9" else national
    if len(local) == 10 and _is_mobile("549" + local):
        return "54" + local, "549" + local
    return "", ""


def _is_mobile(digits):
    try:
        parsed = phonenumbers.parse("+" + digits)
    except NumberParseException:
        return False
    return phonenumbers.number_type(parsed) in _MOBILE
