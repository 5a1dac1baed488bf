from . import (
    omnichannel_adapter_livechat,
    omnichannel_channel,
    discuss_channel,
    mail_message,
)
