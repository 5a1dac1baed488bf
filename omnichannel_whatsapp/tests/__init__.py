from . import (
    test_channel,
    test_code,
    test_media,
    test_rule_text,
    test_send,
    test_template,
    test_webhook,
    test_words,
)
