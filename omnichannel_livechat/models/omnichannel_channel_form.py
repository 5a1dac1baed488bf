import re

from odoo import fields, models, tools
from odoo.exceptions import UserError, ValidationError

from odoo.addons.phone_validation.tools.phone_validation import phone_format

ASKED = [("no", "Do Not Ask"), ("optional", "Optional"), ("required", "Required")]
# What can be asked, in the order of the form, and how long an answer may be.
LONGEST = {"name": 100, "email": 254, "phone": 32, "order": 40}
# Who gives one of these can be found by it, so they have to agree to it.
PERSONAL = ("email", "phone", "order")
LONGEST_MESSAGE = 5000


class OmnichannelChannel(models.Model):
    """What a live chat asks visitors before it begins, and what is made of their answers."""

    _inherit = "omnichannel.channel"

    livechat_ask_name = fields.Selection(
        ASKED, "Visitor's Name", default="no", required=True, help="What the visitor wants to be called."
    )
    livechat_ask_email = fields.Selection(
        ASKED,
        "E-mail",
        default="no",
        required=True,
        help="With it your answer still reaches a visitor who has left the website.",
    )
    livechat_ask_phone = fields.Selection(
        ASKED, "Phone", default="no", required=True, help="A number at which the visitor can be called."
    )
    livechat_ask_order = fields.Selection(
        ASKED,
        "Order Number",
        default="no",
        required=True,
        help="Which order the question is about. It is shown as claimed until it is proven to be theirs.",
    )
    livechat_consent = fields.Text(
        "Consent",
        translate=True,
        help="What visitors agree to when they give an e-mail address, a phone number or an order number. "
        "If this is empty, a text of ours is shown in the visitor's language.",
    )

    # -- what is asked ---------------------------------------------------------------

    def _livechat_questions(self):
        """What visitors are asked before the chat: {name: whether it has to be answered}."""
        asked = {name: self[f"livechat_ask_{name}"] for name in LONGEST}
        return {name: how == "required" for name, how in asked.items() if how != "no"}

    def _livechat_consent_text(self):
        """What a visitor agrees to, in the language of the environment."""
        # Published to every visitor, as it is.
        channel = self.sudo()
        return channel.livechat_consent or self.env._(
            "I agree that %s uses these details to answer me.", channel.company_id.name
        )

    def _livechat_label(self, name):
        """What a question is about, in the language of the environment."""
        return {
            "name": self.env._("Name"),
            "email": self.env._("E-mail"),
            "phone": self.env._("Phone"),
            "order": self.env._("Order number"),
        }[name]

    # -- what is answered ------------------------------------------------------------

    def _livechat_answers(self, given, questions):
        """Answers of a form as they are stored.

        :param given: what the visitor's browser sent: anything
        :param dict questions: see :meth:`_livechat_questions`
        :return: dict with the keys of ``LONGEST`` and ``consent``
        :raise ValidationError: in words for the visitor
        """
        given = given if isinstance(given, dict) else {}
        answers = dict.fromkeys(LONGEST, "")
        for name, is_required in questions.items():
            answers[name] = self._livechat_answer(name, given.get(name), is_required)
        answers["consent"] = given.get("consent") is True
        if any(answers[name] for name in PERSONAL) and not answers["consent"]:
            raise ValidationError(self.env._("Please agree to how your details are used."))
        return answers

    def _livechat_answer(self, name, value, is_required):
        """One answer, tidied up.

        :raise ValidationError: it is missing or cannot be right
        """
        value = re.sub(r"\s+", " ", value).strip() if isinstance(value, str) else ""
        if not value:
            if is_required:
                raise ValidationError(self.env._("Please fill in what is required."))
            return ""
        # Control characters break names and mail headers, and nobody types them.
        if len(value) > LONGEST[name] or not value.isprintable():
            raise ValidationError(self.env._("That is too long, or has characters that nobody can read."))
        return getattr(self, f"_livechat_{name}_answer", str)(value)

    def _livechat_email_answer(self, value):
        email = tools.email_normalize(value)
        if not email:
            raise ValidationError(self.env._("This is no e-mail address. It looks like name@example.com."))
        return email

    def _livechat_phone_answer(self, value):
        country = self.sudo().company_id.country_id  # no secret: where the shop is
        try:
            return phone_format(value, country.code, country.phone_code, force_format="E164")
        except UserError as error:
            raise ValidationError(
                self.env._("This is no phone number. Begin with the country, as in +31 6 12345678.")
            ) from error

    def _livechat_message(self, given):
        """The text of a form's message.

        :raise ValidationError: in words for the visitor
        """
        text = given.get("message") if isinstance(given, dict) else None
        text = text.strip() if isinstance(text, str) else ""
        if not text:
            raise ValidationError(self.env._("Please write what we can do for you."))
        if len(text) > LONGEST_MESSAGE:
            raise ValidationError(self.env._("Please write %s characters at most.", LONGEST_MESSAGE))
        return text.replace("\0", "")
