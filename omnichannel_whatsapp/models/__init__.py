from . import (
    omnichannel_adapter_whatsapp,
    omnichannel_adapter_whatsapp_code,
    omnichannel_channel,
    omnichannel_rule_action,
    omnichannel_whatsapp_template,
)
