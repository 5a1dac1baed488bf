from . import (
    test_change,
    test_introduction,
    test_session,
)
