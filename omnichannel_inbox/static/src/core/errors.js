import { RPCError } from "@web/core/network/rpc";

const GONE = ["odoo.exceptions.AccessError", "odoo.exceptions.MissingError"];

/** Whether an error says that what was asked for is deleted, or no longer the reader's to see. */
export function isGone(error) {
    return error instanceof RPCError && GONE.includes(error.exceptionName);
}

/**
 * For what a page asks for by itself: who looks at something that has just gone is not
 * to be bothered with an error. Any other one goes on its way.
 */
export function unlessGone(promise) {
    return promise.catch((error) => {
        if (!isGone(error)) {
            throw error;
        }
    });
}
