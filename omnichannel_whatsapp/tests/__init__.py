from . import test_channel, test_media, test_send, test_template, test_webhook, test_words
