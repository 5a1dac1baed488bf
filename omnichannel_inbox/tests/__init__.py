from . import test_order_link, test_order_rule
