"""The templates that an account starts with."""


def _template(name, language, body, *more, category="UTILITY", status="APPROVED", **extra):
    components = [*more, {"type": "BODY", "text": body}]
    order = {"HEADER": 0, "BODY": 1, "FOOTER": 2, "BUTTONS": 3}
    components.sort(key=lambda component: order[component["type"]])
    return {
        "name": name,
        "language": language,
        "status": status,
        "category": category,
        "components": components,
        "parameter_format": "POSITIONAL",
        **extra,
    }


def sample_templates():
    """Each kind of template that a shop has, in English and Dutch, and some that cannot be sent."""
    header = {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"}
    header_nl = {"type": "HEADER", "format": "TEXT", "text": "Bestelling {{1}}"}
    image = {"type": "HEADER", "format": "IMAGE"}
    document = {"type": "HEADER", "format": "DOCUMENT"}
    track = {
        "type": "BUTTONS",
        "buttons": [
            {"type": "URL", "text": "Track parcel", "url": "https://shop.example.com/track/{{1}}"},
            {"type": "QUICK_REPLY", "text": "I have a question"},
        ],
    }
    return [
        _template(
            "hello_world",
            "en_US",
            "Welcome and congratulations!! This message demonstrates your ability "
            "to send a WhatsApp message notification.",
            {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
            {"type": "FOOTER", "text": "WhatsApp Business Platform sample message"},
        ),
        _template(
            "order_update",
            "en",
            "Hello {{1}}, there is news about your order: {{2}}",
            header,
            {"type": "FOOTER", "text": "Answer this message to reach us."},
        ),
        _template(
            "order_update",
            "nl",
            "Hallo {{1}}, er is nieuws over uw bestelling: {{2}}",
            header_nl,
            {"type": "FOOTER", "text": "Beantwoord dit bericht om ons te bereiken."},
        ),
        _template(
            "continue_conversation",
            "en",
            "Hello {{1}}, we have an answer to your question. "
            "Send us a message and we continue where we left off.",
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Continue"}]},
        ),
        _template(
            "continue_conversation",
            "nl",
            "Hallo {{1}}, we hebben antwoord op uw vraag. "
            "Stuur ons een bericht en we gaan verder waar we gebleven waren.",
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Verder"}]},
        ),
        _template("parcel_sent", "en", "Good news, {{1}}: your parcel is on its way.", track),
        _template("invoice", "en", "Hello {{1}}, here is invoice {{2}}.", document),
        _template(
            "delivery_day", "en", "Hello {{first_name}}, we deliver on {{day}}.", parameter_format="NAMED"
        ),
        _template(
            "summer_sale",
            "en",
            "{{1}}, everything for the garden at half price.",
            image,
            category="MARKETING",
        ),
        _template("slow_delivery", "en", "Your order is late.", status="PAUSED"),
        _template("old_notice", "en", "This is no longer used.", status="DISABLED"),
        _template("new_notice", "en", "This is being looked at.", status="PENDING"),
        _template(
            "shouting",
            "en",
            "BUY NOW!!!",
            category="MARKETING",
            status="REJECTED",
            rejected_reason="INVALID_FORMAT",
        ),
    ]
