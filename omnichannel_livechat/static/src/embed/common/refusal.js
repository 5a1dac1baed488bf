import { RPCError } from "@web/core/network/rpc";

/**
 * The server says in words what it cannot take; anything else is the connection.
 *
 * @param {Error} error of a request
 * @param {string} otherwise what the visitor reads then
 */
export function refusal(error, otherwise) {
    const isInWords =
        error instanceof RPCError && error.exceptionName?.startsWith("odoo.exceptions.");
    return isInWords ? error.data.message : otherwise;
}
