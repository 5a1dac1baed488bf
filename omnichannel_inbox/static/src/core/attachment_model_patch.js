import { Attachment } from "@mail/core/common/attachment_model";
import { patch } from "@web/core/utils/patch";

/** @type {import("models").Attachment} */
const attachmentPatch = {
    /** What came or went stays as it was; a forwarded file is that of the customer's own message. */
    get isDeletable() {
        return this.message?.omnichannel ? false : super.isDeletable;
    },
};
patch(Attachment.prototype, attachmentPatch);
