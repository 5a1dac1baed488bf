import { Composer } from "@mail/core/common/composer";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { uuid } from "@web/core/utils/strings";

const ANSWERED_MEANWHILE = "odoo.addons.omnichannel_inbox.exceptions.AnsweredMeanwhile";

/**
 * Odoo's composer, whose answers say which way they take. When somebody answered
 * meanwhile it asks before sending, and a text that could not be sent stays written.
 */
export class AnswerComposer extends Composer {
    static props = [...Composer.props, "getAnswerParams", "onAnsweredMeanwhile"];

    get postData() {
        const postData = super.postData;
        if (postData.isNote) {
            return postData;
        }
        const params = this.props.getAnswerParams();
        const omnichannel_token = this.answerToken(params);
        return { ...postData, omnichannel: { ...params, omnichannel_token } };
    }

    /**
     * What this answer is called. When the connection breaks nobody knows whether it got
     * through: sent again unchanged it is the same answer, and the customer gets it once.
     */
    answerToken({ omnichannel_channel_id, omnichannel_identity_id }) {
        const { composerHtml, attachments } = this.props.composer;
        const answer = [
            omnichannel_channel_id,
            omnichannel_identity_id,
            ...attachments.map(({ id }) => id),
            composerHtml,
        ].join();
        if (answer !== this.lastAnswer) {
            this.lastAnswer = answer;
            this.lastToken = uuid() + uuid();
        }
        return this.lastToken;
    }

    async processMessage(callback) {
        try {
            await super.processMessage(callback);
            this.lastAnswer = undefined;
        } catch (error) {
            this.state.active = true;
            if (error !== KEEP_WRITING) {
                throw error;
            }
        }
    }

    async _sendMessage(value, postData, extraData) {
        try {
            return await super._sendMessage(value, postData, extraData);
        } catch (error) {
            if (!(error instanceof RPCError) || error.exceptionName !== ANSWERED_MEANWHILE) {
                throw error;
            }
            const newestId = error.data.arguments[1];
            this.props.onAnsweredMeanwhile(newestId);
            if (!(await this.askWhetherToSend(error.data.message))) {
                throw KEEP_WRITING;
            }
            const omnichannel = { ...postData.omnichannel, omnichannel_seen_id: newestId };
            return this._sendMessage(value, { ...postData, omnichannel }, extraData);
        }
    }

    askWhetherToSend(question) {
        return new Promise((resolve) => {
            this.env.services.dialog.add(
                ConfirmationDialog,
                {
                    title: _t("Somebody was faster"),
                    body: question,
                    confirmLabel: _t("Send mine as well"),
                    confirm: () => resolve(true),
                    cancelLabel: _t("Keep writing"),
                    cancel: () => resolve(false),
                },
                { onClose: () => resolve(false) }
            );
        });
    }
}

/** Thrown to leave Odoo's composer before it empties itself. */
const KEEP_WRITING = new Error("The writer went on writing");
