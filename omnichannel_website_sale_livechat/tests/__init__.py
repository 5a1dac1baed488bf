from . import test_cart, test_chat_card
