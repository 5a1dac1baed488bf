import { Composer } from "@mail/core/common/composer";
import { uuid } from "@web/core/utils/strings";

import { answeredMeanwhile, askWhetherToSend } from "./answered_meanwhile";

/**
 * Odoo's composer, whose answers say which way they take. When somebody answered
 * meanwhile it asks before sending, and a text that could not be sent stays written.
 */
export class AnswerComposer extends Composer {
    static props = [...Composer.props, "getAnswerParams", "isFormatted", "onAnsweredMeanwhile"];

    setup() {
        super.setup();
        // What Odoo lets a user choose for all composers is here the channel's to say.
        this.composerService = { ...this.composerService, htmlEnabled: this.props.isFormatted };
    }

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
            const newestId = answeredMeanwhile(error);
            if (!newestId) {
                throw error;
            }
            this.props.onAnsweredMeanwhile(newestId);
            if (!(await askWhetherToSend(this.env.services.dialog, error.data.message))) {
                throw KEEP_WRITING;
            }
            const omnichannel = { ...postData.omnichannel, omnichannel_seen_id: newestId };
            return this._sendMessage(value, { ...postData, omnichannel }, extraData);
        }
    }
}

/** Thrown to leave Odoo's composer before it empties itself. */
const KEEP_WRITING = new Error("The writer went on writing");
