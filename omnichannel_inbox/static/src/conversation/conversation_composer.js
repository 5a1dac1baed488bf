import { Component, useEffect, useRef, useState } from "@odoo/owl";

import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { useService } from "@web/core/utils/hooks";
import { uuid } from "@web/core/utils/strings";
import { SelectCreateDialog } from "@web/views/view_dialogs/select_create_dialog";

import { ChannelBadge } from "../core/channel_badge";
import { composerFieldsRegistry, templateDialogRegistry } from "../core/channel_types";
import { UnreachableNotice } from "../core/unreachable";
import { AnswerComposer } from "./answer_composer";
import { answeredMeanwhile, askWhetherToSend } from "./answered_meanwhile";
import { WindowCountdown } from "./window_countdown";

/**
 * What an agent writes with: answer or note, told apart by colour, and above an answer
 * the one channel and the one recipient that it goes to.
 */
export class ConversationComposer extends Component {
    static template = "omnichannel_inbox.ConversationComposer";
    static components = {
        AnswerComposer,
        ChannelBadge,
        Dropdown,
        DropdownItem,
        UnreachableNotice,
        WindowCountdown,
    };
    static props = {
        thread: Object,
        /** See get_composer_data. */
        data: Object,
        type: String,
        autofocus: Number,
        dropzoneRef: { type: Object, optional: true },
        onTypeChange: Function,
        onPosted: Function,
        onExpired: Function,
        onForward: Function,
        /** Hears of each change of the text: what is being written ("answering", "noting"), and the text. */
        onWriting: Function,
    };

    setup() {
        this.inbox = useService("omnichannel.inbox");
        this.dialog = useService("dialog");
        this.root = useRef("root");
        this.state = useState({ chosenKey: undefined, writtenKey: undefined, values: {} });
        // Read through a state of its own, so that each change of the text is noticed here.
        this.composer = useState(this.props.thread.composer);
        // Whoever answers while a text is being written may be overlooked by its writer:
        // what was there when the text was begun is what has been seen.
        useEffect(
            (isWriting) => {
                this.seenId = isWriting ? this.newestId : undefined;
                // Nor does the way that it takes change under its writer's hands.
                this.state.writtenKey = isWriting ? this.option?.key : undefined;
            },
            () => [Boolean(this.composer.composerText)]
        );
        let isDraft = true;
        useEffect(
            (text) => {
                // A draft that was left here earlier is not being written now.
                if (!isDraft) {
                    this.props.onWriting(this.isNote ? "noting" : "answering", text);
                }
                isDraft = false;
            },
            () => [this.composer.composerText]
        );
    }

    get newestId() {
        const shown = this.props.thread.messages.map(({ id }) => id).filter(Number.isInteger);
        return Math.max(this.props.data.last_message_id, ...shown);
    }

    get isNote() {
        return this.props.type === "note" || !this.props.data.can_answer;
    }

    get options() {
        return this.props.data.options;
    }

    get option() {
        const find = (key) => this.options.find((option) => option.key === key);
        const { chosenKey, writtenKey } = this.state;
        return find(chosenKey) || find(writtenKey) || find(this.props.data.default);
    }

    get isDisabled() {
        return !this.isNote && !this.option?.can_send;
    }

    get reason() {
        return (
            this.option?.reason || _t("There is no channel by which this customer can be reached.")
        );
    }

    get hasTemplates() {
        return this.option?.templates && templateDialogRegistry.contains(this.option.channel_type);
    }

    get fieldsComponent() {
        return composerFieldsRegistry.get(this.option?.channel_type, null);
    }

    get isFormatted() {
        return !this.isNote && Boolean(this.option?.formatting);
    }

    get fieldValues() {
        return { ...this.option.defaults, ...this.state.values };
    }

    get placeholder() {
        if (this.isNote) {
            return _t("Note for colleagues; the customer never sees it. @ mentions somebody.");
        }
        return _t("Answer %s…   :: inserts a canned response", this.option.recipient_name);
    }

    get answerParams() {
        return {
            omnichannel_channel_id: this.option.channel_id,
            omnichannel_identity_id: this.option.identity_id,
            omnichannel_seen_id: this.seenId ?? this.newestId,
            ...(this.fieldsComponent && { omnichannel_options: this.fieldValues }),
        };
    }

    onAnswerPosted() {
        this.state.values = {};
        this.props.onPosted();
    }

    choose(option) {
        this.state.chosenKey = option.key;
    }

    onAnsweredMeanwhile(messageId) {
        // The writer has been told of it: they are not asked about the same answer again.
        this.seenId = messageId;
        this.inbox.want(this.props.thread.id, [messageId]);
    }

    leaveComposer() {
        this.root.el?.querySelector("textarea, [contenteditable]")?.blur();
    }

    openTemplates() {
        const option = this.option;
        // However often it is sent from one dialog, the customer gets it once.
        const omnichannel_token = uuid() + uuid();
        // Whatever comes while it is filled in stands behind it, where nobody looks.
        const openedAt = this.answerParams.omnichannel_seen_id;
        this.dialog.add(templateDialogRegistry.get(option.channel_type), {
            conversationId: this.props.thread.id,
            option,
            send: (omnichannel_template_id, omnichannel_template_values) =>
                this.sendReady({
                    ...this.answerParams,
                    omnichannel_seen_id: this.seenId ?? openedAt,
                    omnichannel_template_id,
                    omnichannel_template_values,
                    omnichannel_token,
                }),
        });
    }

    /** Something to look at, such as a product, is chosen and sent with one click. */
    openCards({ kind, label, model, domain, context }) {
        const params = { ...this.answerParams, omnichannel_token: uuid() + uuid() };
        this.dialog.add(SelectCreateDialog, {
            title: label,
            resModel: model,
            domain,
            context,
            multiSelect: false,
            noCreate: true,
            onSelected: ([id]) =>
                this.sendReady({
                    ...params,
                    omnichannel_seen_id: this.seenId ?? params.omnichannel_seen_id,
                    omnichannel_card: { kind, id },
                }),
        });
    }

    /**
     * Send what is not written in the composer: a template or a card.
     *
     * @returns {Promise<boolean>} whether it was sent
     */
    async sendReady(params) {
        try {
            this.onReadyPosted(await this.postReady(params));
            return true;
        } catch (error) {
            const newestId = answeredMeanwhile(error);
            if (!newestId) {
                throw error;
            }
            this.onAnsweredMeanwhile(newestId);
            const sendsToo = await askWhetherToSend(this.dialog, error.data.message);
            return sendsToo && this.sendReady({ ...params, omnichannel_seen_id: newestId });
        }
    }

    async postReady(params) {
        const { message_id: messageId } = await rpc("/mail/message/post", {
            thread_model: this.props.thread.model,
            thread_id: this.props.thread.id,
            post_data: {
                body: "",
                message_type: "comment",
                subtype_xmlid: "mail.mt_comment",
                ...params,
            },
        });
        return messageId;
    }

    onReadyPosted(messageId) {
        this.inbox.want(this.props.thread.id, [messageId]);
        this.props.onPosted();
    }
}
