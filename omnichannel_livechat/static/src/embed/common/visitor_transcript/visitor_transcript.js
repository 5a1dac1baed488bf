import { Component, onMounted, useState } from "@odoo/owl";

import { FeedbackPanel } from "@im_livechat/embed/common/feedback_panel/feedback_panel";

import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

import { refusal } from "@omnichannel_livechat/embed/common/refusal";

registry
    .category("discuss.routing_map")
    .add("/omnichannel_livechat/transcript", "/omnichannel_livechat/cors/transcript")
    .add("/omnichannel_livechat/transcript/send", "/omnichannel_livechat/cors/transcript/send");

let nextId = 1;

/**
 * At the end of a chat: an address to which the visitor has what was said sent.
 *
 * @extends {Component<{thread: import("models").Thread}, Env>}
 */
export class VisitorTranscript extends Component {
    static template = "omnichannel_livechat.VisitorTranscript";
    static props = { thread: Object };

    setup() {
        this.livechatService = useService("im_livechat.livechat");
        this.id = `o_omnichannel_transcript_${nextId++}`;
        this.state = useState({
            isOffered: false,
            email: "",
            isSending: false,
            sentTo: "",
            problem: "",
        });
        onMounted(() => this.ask());
    }

    async ask() {
        const params = { channel_id: this.props.thread.id };
        try {
            const answer = await rpc("/omnichannel_livechat/transcript", params, { silent: true });
            this.state.email = answer.email;
            this.state.isOffered = answer.available;
        } catch {
            // A chat that is not connected, or no connection: it is not offered.
        }
    }

    onInput() {
        this.state.problem = "";
    }

    /** The window would take the Tab key for a wish to go to the next window. */
    onKeydown(ev) {
        if (ev.key === "Tab") {
            ev.stopPropagation();
        }
    }

    async onSubmit() {
        if (this.state.isSending) {
            return;
        }
        const email = this.state.email.trim();
        Object.assign(this.state, { isSending: true, problem: "" });
        try {
            await rpc(
                "/omnichannel_livechat/transcript/send",
                { channel_id: this.props.thread.id, email },
                { silent: true }
            );
            this.state.sentTo = email;
        } catch (error) {
            this.state.problem = refusal(error, _t("This could not be sent. Please try again."));
        } finally {
            this.state.isSending = false;
        }
    }

    get sentText() {
        return _t("A copy is on its way to %s.", this.state.sentTo);
    }

    get buttonStyle() {
        const { button_background_color: background, button_text_color: color } =
            this.livechatService.options;
        return background && color ? `background-color: ${background}; color: ${color};` : "";
    }
}

Object.assign(FeedbackPanel.components, { VisitorTranscript });
