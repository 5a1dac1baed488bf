from . import (
    omnichannel_adapter_livechat,
    omnichannel_channel,
    discuss_channel,
    discuss_channel_introduction,
    discuss_channel_member,
    mail_message,
)
