"""Meta's errors: what each code says, and the JSON they travel in."""

import secrets

# code: (HTTP status, type, title)
CATALOGUE = {
    1: (500, "OAuthException", "An unknown error occurred"),
    2: (503, "OAuthException", "Service temporarily unavailable"),
    4: (400, "OAuthException", "Application request limit reached"),
    10: (403, "OAuthException", "Application does not have permission for this action"),
    33: (400, "GraphMethodException", "Unsupported request"),
    100: (400, "OAuthException", "Invalid parameter"),
    190: (401, "OAuthException", "Invalid OAuth access token - Cannot parse access token"),
    200: (403, "OAuthException", "Permission error"),
    368: (403, "OAuthException", "Temporarily blocked for policies violations"),
    80007: (400, "OAuthException", "Rate limit issues"),
    130429: (429, "OAuthException", "Rate limit hit"),
    130472: (400, "OAuthException", "User's number is part of an experiment"),
    130497: (403, "OAuthException", "Business account is restricted from messaging users in this country"),
    131000: (500, "OAuthException", "Something went wrong"),
    131005: (403, "OAuthException", "Access denied"),
    131008: (400, "OAuthException", "Required parameter is missing"),
    131009: (400, "OAuthException", "Parameter value is not valid"),
    131016: (503, "OAuthException", "Service unavailable"),
    131021: (400, "OAuthException", "Recipient cannot be sender"),
    131026: (400, "OAuthException", "Message undeliverable"),
    131030: (400, "OAuthException", "Recipient phone number not in allowed list"),
    131031: (403, "OAuthException", "Business account locked"),
    131037: (400, "OAuthException", "Display name approval needed"),
    131042: (400, "OAuthException", "Business eligibility payment issue"),
    131045: (500, "OAuthException", "Incorrect certificate"),
    131047: (400, "OAuthException", "Re-engagement message"),
    131048: (400, "OAuthException", "Spam rate limit hit"),
    131049: (400, "OAuthException", "Meta chose not to deliver"),
    131050: (400, "OAuthException", "User has stopped marketing messages"),
    131051: (400, "OAuthException", "Unsupported message type"),
    131052: (400, "OAuthException", "Media download error"),
    131053: (400, "OAuthException", "Media upload error"),
    131056: (429, "OAuthException", "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (503, "OAuthException", "Account in maintenance mode"),
    132000: (400, "OAuthException", "Number of parameters does not match the expected number of params"),
    132001: (404, "OAuthException", "Template name does not exist in the translation"),
    132005: (400, "OAuthException", "Translated text too long"),
    132007: (400, "OAuthException", "Template format character policy violated"),
    132012: (400, "OAuthException", "Parameter format does not match format in the created template"),
    132015: (400, "OAuthException", "Template is paused"),
    132016: (400, "OAuthException", "Template is disabled"),
    132018: (400, "OAuthException", "There is an issue with the parameters in your template"),
    133010: (400, "OAuthException", "Phone number not registered"),
    135000: (400, "OAuthException", "Generic user error"),
}
HELP = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


class GraphError(Exception):
    """A refusal, as Meta words it."""

    def __init__(self, code, details=None, http=None, subcode=None):
        status, kind, title = CATALOGUE.get(code, (400, "OAuthException", "Error"))
        super().__init__(f"{code} {title}: {details}")
        self.code, self.details, self.subcode = code, details, subcode
        self.http = http or status
        self.kind, self.title = kind, title

    def body(self):
        """The JSON that answers the request."""
        error = {
            "message": self.title if self.code in (1, 2, 33, 190) else f"(#{self.code}) {self.title}",
            "type": self.kind,
            "code": 100 if self.code == 33 else self.code,
            "fbtrace_id": "A" + secrets.token_urlsafe(15),
        }
        if self.subcode or self.code == 33:
            error["error_subcode"] = self.subcode or 33
        if self.details and self.code == 33:
            error["message"] = self.details
        elif self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": error}

    def in_webhook(self):
        """The entry of `errors[]` in a failed status or an unsupported message."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details or self.title},
            "href": HELP,
        }


def missing_node(node):
    """Meta's answer for an object that does not exist or that the token may not see."""
    return GraphError(
        33,
        f"Unsupported request. Object with ID '{node}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api",
    )
