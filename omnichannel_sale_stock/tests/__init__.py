from . import test_delivery, test_delivery_rules
