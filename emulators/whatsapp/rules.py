"""Meta's rules, as pure functions: each raises a GraphError or returns what it found."""

import re

from .errors import GraphError

WINDOW = 24 * 3600
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_TEMPLATE_BODY = 1024
MEGABYTE = 1024 * 1024

MEDIA_KINDS = ("image", "video", "audio", "document", "sticker")
SIZE_LIMITS = {
    "image": 5 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "document": 100 * MEGABYTE,
    "sticker": 500 * 1024,
}
MIME_TYPES = {
    "image": {"image/jpeg", "image/png"},
    "sticker": {"image/webp"},
    "video": {"video/mp4", "video/3gpp"},
    "audio": {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"},
    "document": {
        "text/plain",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    },
}
CONTENT_TYPES = (*MEDIA_KINDS, "text", "template", "reaction", "location", "contacts", "interactive")
VARIABLE = re.compile(r"{{\s*(\w+)\s*}}")
HEADER_MEDIA = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document", "LOCATION": "location"}
BAD_PARAMETER = re.compile(r"[\n\t]| {5,}")


# --- people -----------------------------------------------------------------------------------
def digits(number):
    return re.sub(r"\D", "", str(number or ""))


def spellings(number):
    """The forms under which WhatsApp may know a dialled number (Brazil, Mexico, Argentina)."""
    number = digits(number)
    found = [number]
    if match := re.fullmatch(r"55(\d\d)9?([6-9]\d{7})", number):
        found += [f"55{match[1]}9{match[2]}", f"55{match[1]}{match[2]}"]
    elif match := re.fullmatch(r"521?(\d{10})", number):
        found += [f"521{match[1]}", f"52{match[1]}"]
    elif match := re.fullmatch(r"549?(\d{10})", number):
        found += [f"549{match[1]}", f"54{match[1]}"]
    return list(dict.fromkeys(found))


# --- media ------------------------------------------------------------------------------------
def media_kind(mime_type):
    """Which kind a file is by its type; refuses what Meta does not take."""
    bare = mime_type.partition(";")[0].strip().lower()
    for kind, types in MIME_TYPES.items():
        if bare in types:
            return kind
    allowed = ", ".join(sorted(t for types in MIME_TYPES.values() for t in types))
    raise GraphError(
        100,
        f"Param file must be a file with one of the following types: {allowed}. "
        f"Received file of type '{bare}'.",
    )


def check_upload(mime_type, size):
    kind = media_kind(mime_type)
    if size > SIZE_LIMITS[kind]:
        raise GraphError(
            131053, f"File size {size} is over the limit of {SIZE_LIMITS[kind]} bytes for type {kind}."
        )
    if not size:
        raise GraphError(131053, "The file is empty.")
    return kind


# --- messages ---------------------------------------------------------------------------------
def check_envelope(payload):
    """What every message needs. Returns its type."""
    if payload.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    if not (payload.get("to") or payload.get("recipient")):
        raise GraphError(100, "The parameter to is required.")
    if payload.get("recipient_type", "individual") != "individual":
        raise GraphError(131009, "recipient_type must be individual.")
    kind = payload.get("type", "text")
    if kind not in CONTENT_TYPES:
        raise GraphError(
            100, f'Param type must be one of {{{", ".join(CONTENT_TYPES).upper()}}} - got "{kind}".'
        )
    if not isinstance(payload.get(kind), list if kind == "contacts" else dict):
        raise GraphError(131008, f"Parameter '{kind}' is mandatory for type '{kind}'.")
    if len(str(payload.get("biz_opaque_callback_data") or "")) > 512:
        raise GraphError(131009, "biz_opaque_callback_data must be at most 512 characters long.")
    return kind


def check_text(text):
    body = text.get("body")
    if not isinstance(body, str) or not body:
        raise GraphError(131008, "The parameter text['body'] is required.")
    if len(body) > MAX_TEXT:
        raise GraphError(100, f"Param text['body'] must be at most {MAX_TEXT} characters long.")


def check_media(kind, content, uploaded):
    """`uploaded`: the type of the media whose id was given, or None when there is no such media."""
    if bool(content.get("id")) == bool(content.get("link")):
        raise GraphError(100, f"Param {kind} must have exactly one of 'id' and 'link'.")
    if len(content.get("caption") or "") > MAX_CAPTION:
        raise GraphError(100, f"Param {kind}['caption'] must be at most {MAX_CAPTION} characters long.")
    if content.get("caption") and kind in ("audio", "sticker"):
        raise GraphError(100, f'Unexpected key "caption" on param "{kind}".')
    if content.get("id") and uploaded is None:
        raise GraphError(131009, f"Media ID {content['id']} does not exist or has expired.")
    if content.get("id") and kind != "document" and media_kind(uploaded) != kind:
        raise GraphError(131053, f"Media of type {uploaded} cannot be sent as {kind}.")


def check_reaction(reaction, known):
    if not reaction.get("message_id"):
        raise GraphError(131008, "The parameter reaction['message_id'] is required.")
    if not known:
        raise GraphError(131009, "The message reacted to does not exist.")


def check_interactive(interactive):
    if interactive.get("type") not in ("button", "list", "cta_url", "flow", "product", "product_list"):
        raise GraphError(131009, "Param interactive['type'] is not valid.")
    if interactive["type"] != "product" and not (interactive.get("body") or {}).get("text"):
        raise GraphError(131008, "The parameter interactive['body']['text'] is required.")
    action = interactive.get("action") or {}
    buttons = action.get("buttons") or []
    if interactive["type"] == "button" and not 1 <= len(buttons) <= 3:
        raise GraphError(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3.")
    for button in buttons:
        if not 1 <= len((button.get("reply") or {}).get("title") or "") <= 20:
            raise GraphError(131009, "Button title length invalid. Min length: 1, Max length: 20.")
    rows = [row for section in action.get("sections") or [] for row in section.get("rows") or []]
    if interactive["type"] == "list" and not 1 <= len(rows) <= 10:
        raise GraphError(131009, "Total row count exceed max allowed count: 10.")
    for row in rows:
        if len(row.get("title") or "") > 24:
            raise GraphError(131009, "Row title is too long. Max length is 24.")


def check_window(last_inbound, now):
    """Free text needs a message of the customer to this very number in the last 24 hours."""
    if last_inbound is None or now - last_inbound >= WINDOW:
        raise GraphError(
            131047,
            "Message failed to send because more than 24 hours have passed since the customer last replied "
            "to this number.",
        )


# --- templates --------------------------------------------------------------------------------
def find_template(templates, content):
    """The approved template that a message names."""
    name, language = content.get("name"), (content.get("language") or {}).get("code")
    if not name or not language:
        raise GraphError(131008, "template['name'] and template['language']['code'] are required.")
    for template in templates:
        if template["name"] == name and template["language"] == language:
            return _usable(template)
    raise GraphError(132001, f"template name ({name}) does not exist in {language}")


def _usable(template):
    status = template["status"]
    if status == "PAUSED":
        raise GraphError(132015, f"template ({template['name']}) is paused because of its low quality.")
    if status == "DISABLED":
        raise GraphError(132016, f"template ({template['name']}) is disabled.")
    if status != "APPROVED":
        raise GraphError(
            132001, f"template name ({template['name']}) does not exist in {template['language']}"
        )
    return template


def check_template(template, content):
    """The parameters of a message against the components of its template."""
    given = _given_components(content)
    for component in template["components"]:
        kind = component["type"].upper()
        if kind == "HEADER":
            _check_header(template, component, given.get("header", []))
        elif kind == "BODY":
            _check_variables(template, "body", component["text"], given.get("body", []))
            if len(fill(component["text"], given.get("body", []))) > MAX_TEMPLATE_BODY:
                raise GraphError(132005, f"body: longer than {MAX_TEMPLATE_BODY} characters.")
        elif kind == "BUTTONS":
            _check_buttons(component["buttons"], given)


def _given_components(content):
    given = {}
    for component in content.get("components") or []:
        name = str(component.get("type") or "").lower()
        if name == "button":
            name = ("button", int(component.get("index") or 0))
        given[name] = component.get("parameters") or []
    return given


def _check_header(template, component, parameters):
    wanted = component.get("format", "TEXT")
    if wanted == "TEXT":
        _check_variables(template, "header", component.get("text") or "", parameters)
    elif len(parameters) != 1:
        raise GraphError(132012, f"header: Format mismatch, expected {wanted}, received UNKNOWN")
    elif parameters[0].get("type") != HEADER_MEDIA[wanted]:
        received = str(parameters[0].get("type")).upper()
        raise GraphError(132012, f"header: Format mismatch, expected {wanted}, received {received}")


def _check_variables(template, where, text, parameters):
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    if len(parameters) != len(names):
        raise GraphError(
            132000,
            f"{where}: number of localizable_params ({len(parameters)}) does not match the expected number "
            f"of params ({len(names)})",
        )
    for parameter in parameters:
        _check_parameter(template, where, names, parameter)


def _check_parameter(template, where, names, parameter):
    if parameter.get("type") not in ("text", "currency", "date_time"):
        raise GraphError(132012, f"{where}: parameter type {parameter.get('type')} is not allowed here.")
    if template.get("parameter_format") == "NAMED" and parameter.get("parameter_name") not in names:
        raise GraphError(
            100, f"{where}: Parameter name is missing or empty, or not one of {', '.join(names)}"
        )
    value = parameter.get("text", "")
    if parameter["type"] == "text" and not value:
        raise GraphError(131008, f"{where}: Parameter of type text is missing text value")
    if BAD_PARAMETER.search(value):
        raise GraphError(
            132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        )


def _check_buttons(buttons, given):
    for index, button in enumerate(buttons):
        parameters = given.get(("button", index), [])
        needs = (button["type"] == "URL" and VARIABLE.search(button.get("url", ""))) or (
            button["type"] == "COPY_CODE"
        )
        if needs and len(parameters) != 1:
            raise GraphError(
                131008,
                f"buttons: Button at index {index} of type {button['type'].title()} requires a parameter",
            )


def fill(text, parameters):
    """A template's text with its variables replaced."""
    values = iter(parameters)
    named = {p["parameter_name"]: p for p in parameters if p.get("parameter_name")}
    seen = {}

    def value(match):
        name = match[1]
        if name not in seen:
            seen[name] = named.get(name) or next(values, {})
        return _shown(seen[name])

    return VARIABLE.sub(value, text)


def _shown(parameter):
    for kind in ("currency", "date_time"):
        if kind in parameter:
            return str(parameter[kind].get("fallback_value", ""))
    return str(parameter.get("text", ""))


def render_template(template, content):
    """What the customer sees: {header, body, footer, buttons}."""
    given = _given_components(content)
    shown = {"header": None, "body": "", "footer": "", "buttons": []}
    for component in template["components"]:
        kind = component["type"].upper()
        if kind == "HEADER" and component.get("format", "TEXT") == "TEXT":
            shown["header"] = {"type": "text", "text": fill(component["text"], given.get("header", []))}
        elif kind == "HEADER":
            shown["header"] = given["header"][0]
        elif kind == "BODY":
            shown["body"] = fill(component["text"], given.get("body", []))
        elif kind == "FOOTER":
            shown["footer"] = component["text"]
        elif kind == "BUTTONS":
            shown["buttons"] = [
                _button(b, given.get(("button", i), [])) for i, b in enumerate(component["buttons"])
            ]
    return shown


def _button(button, parameters):
    shown = {"type": button["type"], "text": button.get("text", "")}
    if button["type"] == "URL":
        shown["url"] = fill(button.get("url", ""), parameters)
    if button["type"] == "QUICK_REPLY":
        shown["payload"] = (parameters[0].get("payload") if parameters else None) or button["text"]
    return shown
