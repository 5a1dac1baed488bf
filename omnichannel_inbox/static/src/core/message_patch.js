import { Message } from "@mail/core/common/message";
import { patch } from "@web/core/utils/patch";

import { MessageAside } from "./message_aside";
import { MessageTicks } from "./message_ticks";

Message.components = {
    ...Message.components,
    OmnichannelAside: MessageAside,
    OmnichannelTicks: MessageTicks,
};

patch(Message.prototype, {
    get isOutbound() {
        const { direction, aside } = this.message.omnichannel || {};
        return direction === "out" && !aside;
    },

    get isAlignedRight() {
        return (this.env.inOmnichannel && this.isOutbound) || super.isAlignedRight;
    },

    get attClass() {
        return {
            ...super.attClass,
            o_omnichannel_out: Boolean(this.env.inOmnichannel && this.isOutbound),
            o_omnichannel_automatic: Boolean(
                this.env.inOmnichannel && this.message.omnichannel?.automatic
            ),
            o_omnichannel_note: Boolean(
                this.env.inOmnichannel &&
                this.message.isNote &&
                (this.message.omnichannel || this.message.message_type === "comment")
            ),
        };
    },
});
