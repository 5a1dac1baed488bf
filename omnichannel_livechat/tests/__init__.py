from . import (
    test_assignment,
    test_change,
    test_embed,
    test_greeting,
    test_introduction,
    test_look,
    test_rating,
    test_onward,
    test_rights,
    test_return,
    test_session,
    test_speed,
    test_token,
    test_transcript,
    test_verification,
)
from . import test_forms
from . import test_waiting
