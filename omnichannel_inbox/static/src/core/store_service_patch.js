import { Store } from "@mail/core/common/store_service";
import { patch } from "@web/core/utils/patch";

patch(Store.prototype, {
    /** Say with an answer which way it takes and what its writer had seen. */
    async getMessagePostParams({ postData }) {
        const params = await super.getMessagePostParams(...arguments);
        Object.assign(params.post_data, postData.omnichannel);
        return params;
    },
});
