import { Component, useState } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { uuid } from "@web/core/utils/strings";
import { humanNumber } from "@web/core/utils/numbers";

import { forwardFieldsRegistry } from "../core/channel_types";
import { CONVERSATION } from "../core/inbox_service";
import { formatMoment } from "../core/moment";

/** Send a message of a conversation to somebody who is not its customer, or answer them. */
export class ForwardDialog extends Component {
    static template = "omnichannel_inbox.ForwardDialog";
    static components = { Dialog };
    static props = {
        conversationId: Number,
        /** See get_forward_data. */
        data: Object,
        /** Gets the id of what was sent. */
        onSent: Function,
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.formatMoment = formatMoment;
        const { channels, message, third_party, values } = this.props.data;
        this.state = useState({
            channelId: channels[0].id,
            values: { ...values },
            text: "",
            withQuotation: false,
            fileIds: (message?.files || []).map(({ id }) => id),
            isSending: false,
        });
        // However often it is sent from one dialog, it is sent once.
        this.token = uuid() + uuid();
        if (third_party) {
            useAutofocus({ refName: "text" });
        }
    }

    get message() {
        return this.props.data.message;
    }

    get title() {
        const { third_party } = this.props.data;
        return third_party ? _t("Write to %s", third_party) : _t("Forward to a third party");
    }

    get channel() {
        return this.props.data.channels.find(({ id }) => id === this.state.channelId);
    }

    get fieldsComponent() {
        return forwardFieldsRegistry.get(this.channel.type, null);
    }

    get hasQuotation() {
        return this.message && this.message.text !== this.message.text_with_quotation;
    }

    get shownText() {
        return this.state.withQuotation ? this.message.text_with_quotation : this.message.text;
    }

    fileSize(file) {
        return `${humanNumber(file.size, { decimals: 0, minDigits: 2 })}B`;
    }

    toggleFile({ id }) {
        const chosen = this.state.fileIds;
        this.state.fileIds = chosen.includes(id)
            ? chosen.filter((other) => other !== id)
            : [...chosen, id];
    }

    async send() {
        this.state.isSending = true;
        try {
            const messageId = await this.orm.call(CONVERSATION, "action_forward", [
                [this.props.conversationId],
                {
                    ...this.state.values,
                    message_id: this.message?.id || false,
                    channel_id: this.state.channelId,
                    text: this.state.text,
                    file_ids: this.state.fileIds,
                    with_quotation: this.state.withQuotation,
                    token: this.token,
                },
            ]);
            this.props.onSent(messageId);
            this.props.close();
        } finally {
            this.state.isSending = false;
        }
    }
}
