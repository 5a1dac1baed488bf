import { useState } from "@odoo/owl";

import { KanbanRecord } from "@web/views/kanban/kanban_record";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";

/** A card: bold while unread, marked while it is the one on the right. */
export class InboxRecord extends KanbanRecord {
    setup() {
        super.setup();
        this.inboxSelection = useState(this.env.omnichannelSelection);
    }

    getRecordClasses() {
        const { resId, data } = this.props.record;
        const classes = [super.getRecordClasses(), "o_omnichannel_card"];
        if (data.is_unread) {
            classes.push("o_omnichannel_unread");
        }
        if (resId === this.inboxSelection.id) {
            classes.push("o_omnichannel_selected");
        }
        return classes.join(" ");
    }
}

export class InboxRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, KanbanRecord: InboxRecord };

    /** Keyed by the record: the list is loaded anew at each news, and its cards stay in place. */
    getGroupsOrRecords() {
        const { list } = this.props;
        return list.isGrouped
            ? super.getGroupsOrRecords()
            : list.records.map((record) => ({ record, key: record.resId }));
    }
}
