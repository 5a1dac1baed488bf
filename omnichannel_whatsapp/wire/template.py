"""What a message template needs before it can be sent, and what it then says."""

import re

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_WITHOUT_FORM = ("REQUEST_CONTACT_INFO", "CATALOG", "MPM", "OTP", "FLOW", "SPM")


def variables(components):
    """The variables of a template, in the order in which they are read.

    :param components: as the API lists them
    :return: [{"key": "body.1", "label": "1", "example": "Ada", "part": "body"}, …]
    """
    found = []
    for component in _dicts(components):
        kind = str(component.get("type", "")).upper()
        if kind in ("HEADER", "BODY"):
            found += _text_variables(kind.lower(), component)
        elif kind == "BUTTONS":
            found += _button_variables(component)
    return found


def obstacle(components):
    """What in a template nobody can fill in here yet: a header's type or a button's; else empty."""
    for component in _dicts(components):
        kind = str(component.get("type", "")).upper()
        if kind == "HEADER" and str(component.get("format", "TEXT")).upper() != "TEXT":
            return str(component.get("format")).lower()
        if kind not in ("HEADER", "BODY", "FOOTER", "BUTTONS"):
            return kind.lower()
        for button in _dicts(component.get("buttons")):
            if str(button.get("type", "")).upper() in _WITHOUT_FORM:
                return str(button["type"]).lower()
    return ""


def skeleton(components):
    """The text that the customer will read, each variable written as ``{{its key}}``."""
    parts = []
    for component in _dicts(components):
        kind = str(component.get("type", "")).upper()
        text = component.get("text")
        if kind in ("HEADER", "BODY", "FOOTER") and isinstance(text, str) and text:
            parts.append(_VARIABLE.sub(rf"{{{{{kind.lower()}.\1}}}}", text))
        for position, button in enumerate(_dicts(component.get("buttons"))):
            parts.append(_button_line(position, button))
    return "\n\n".join(parts)


def fill(text, values):
    """A skeleton with its variables filled in."""
    return re.sub(r"\{\{([a-z]+\.[A-Za-z0-9_]+)\}\}", lambda match: str(values.get(match[1], match[0])), text)


def parameters(components, values):
    """The ``components`` of a request that sends the template with these values."""
    result = []
    for part in ("header", "body"):
        own = [variable for variable in variables(components) if variable["part"] == part]
        if own:
            result.append({"type": part, "parameters": [_text_parameter(v, values) for v in own]})
    buttons = [variable for variable in variables(components) if variable["part"] == "button"]
    return result + [_button_parameter(variable, values) for variable in buttons]


def code_parameters(components, code):
    """The ``components`` of a request that sends a code by a template of the category AUTHENTICATION.

    Its text has one variable; its button, which copies the code or hands it to an app, takes the code as
    if it were a part of an address, whatever the button is called.

    :return: None if the template has other parts than that
    """
    body, button = _code_parts(components)
    if not body or button is None:
        return None
    parameter = {"type": "text", "text": code}
    result = [{"type": "body", "parameters": [parameter]}]
    if button:
        result.append({"type": "button", "sub_type": "url", "index": "0", "parameters": [parameter]})
    return result


def with_code(components, code):
    """The text that the customer reads, with the code."""
    body, _button = _code_parts(components)
    return _VARIABLE.sub(lambda _match: code, body)


def _code_parts(components):
    """(text of the body, the button: empty if there is none); None for what is not as Meta makes them."""
    body, button = None, {}
    for component in _dicts(components):
        kind = str(component.get("type", "")).upper()
        if kind == "BODY":
            text = component.get("text")
            body = text if isinstance(text, str) and len(set(_VARIABLE.findall(text))) == 1 else None
        elif kind == "BUTTONS":
            buttons = _dicts(component.get("buttons"))
            is_known = len(buttons) == 1 and _takes_code(buttons[0])
            button = buttons[0] if is_known else None
        elif kind != "FOOTER":
            return None, None
    return body, button


def _takes_code(button):
    """Meta lists the button of a code as it was made, or as an address with a variable."""
    kind = str(button.get("type", "")).upper()
    return kind == "OTP" or (kind == "URL" and bool(_VARIABLE.search(str(button.get("url", "")))))


def _dicts(value):
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []


def _text_variables(part, component):
    text = component.get("text")
    names = list(dict.fromkeys(_VARIABLE.findall(text))) if isinstance(text, str) else []
    examples = _examples(part, component)
    return [
        {
            "key": f"{part}.{name}",
            "label": name,
            "example": examples.get(name, ""),
            "part": part,
        }
        for name in names
    ]


def _examples(part, component):
    """{name of a variable: its example}, from either of the forms in which Meta lists them."""
    example = component.get("example")
    if not isinstance(example, dict):
        return {}
    named = _dicts(example.get(f"{part}_text_named_params"))
    if named:
        return {str(entry.get("param_name")): str(entry.get("example", "")) for entry in named}
    listed = example.get(f"{part}_text")
    if isinstance(listed, list) and listed and isinstance(listed[0], list):
        listed = listed[0]
    return {str(n): str(text) for n, text in enumerate(listed, 1)} if isinstance(listed, list) else {}


def _button_variables(component):
    found = []
    for position, button in enumerate(_dicts(component.get("buttons"))):
        kind = str(button.get("type", "")).upper()
        is_url = kind == "URL" and _VARIABLE.search(str(button.get("url", "")))
        if is_url or kind == "COPY_CODE":
            example = button.get("example")
            example = example[0] if isinstance(example, list) and example else example
            found.append(
                {
                    "key": f"button.{position}",
                    "label": str(button.get("text", "")) or kind,
                    "example": example if isinstance(example, str) else "",
                    "part": "button",
                    "kind": "url" if is_url else "copy_code",
                    "index": position,
                }
            )
    return found


def _button_line(position, button):
    line = f"[{button.get('text') or button.get('type') or ''}]"
    url = button.get("url")
    if isinstance(url, str) and url:
        line += " " + _VARIABLE.sub(f"{{{{button.{position}}}}}", url)
    return line


def _text_parameter(variable, values):
    parameter = {"type": "text", "text": str(values[variable["key"]])}
    if not variable["label"].isdigit():
        parameter["parameter_name"] = variable["label"]
    return parameter


def _button_parameter(variable, values):
    value = str(values[variable["key"]])
    if variable["kind"] == "url":
        parameter = {"type": "text", "text": value}
    else:
        parameter = {"type": "coupon_code", "coupon_code": value}
    return {
        "type": "button",
        "sub_type": variable["kind"],
        "index": str(variable["index"]),
        "parameters": [parameter],
    }
