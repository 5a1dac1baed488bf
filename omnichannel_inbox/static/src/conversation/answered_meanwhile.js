import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";

const ANSWERED_MEANWHILE = "odoo.addons.omnichannel_inbox.exceptions.AnsweredMeanwhile";

/**
 * The id of the answer that came in between, when that is why the server refused ours.
 *
 * @param {Error} error
 * @returns {number|undefined}
 */
export function answeredMeanwhile(error) {
    return error instanceof RPCError && error.exceptionName === ANSWERED_MEANWHILE
        ? error.data.arguments[1]
        : undefined;
}

/**
 * @param {Object} dialog the service
 * @param {string} question
 * @returns {Promise<boolean>} whether the writer sends theirs as well
 */
export function askWhetherToSend(dialog, question) {
    return new Promise((resolve) => {
        dialog.add(
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
