"""``X-Hub-Signature-256``: proof that Meta sent a body."""

import hashlib
import hmac


def sign(secret, raw):
    """The value of the header for a body."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def verify(secret, raw, header):
    """Whether ``header`` signs the bytes ``raw``; without a secret nothing is genuine."""
    if not secret or not header:
        return False
    # As bytes: compare_digest refuses strings that are not ASCII, and a header may hold any.
    return hmac.compare_digest(sign(secret, raw).encode(), header.strip().encode("utf-8", "replace"))
