from . import (
    test_answer,
    test_email,
    test_identity,
    test_inbox,
    test_join,
    test_language,
    test_queries,
    test_record_panel,
    test_rights,
    test_tours,
    test_transport,
    test_webhook,
)
