from . import test_chat_request, test_visit
