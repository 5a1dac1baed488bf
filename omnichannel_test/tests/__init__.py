from . import test_answer, test_identity, test_join, test_transport, test_webhook
from . import test_rights
from . import test_tours
