"""The kanban of the Odoo Community Association's `helpdesk_mgmt`, over as many tickets as we have of ours.

It is fetched as it is published, and kept in the cache folder; without a network there is no such figure.
"""

import subprocess
import sys
import zipfile

from tests.bench import world
from tests.bench.table import median
from tests.lib import database
from tests.lib import environment as env

WHEEL = "odoo-addon-helpdesk-mgmt==19.0.1.3.2"
FOLDER = env.CACHE / "helpdesk_mgmt-19.0.1.3.2"
TIMES = 20
# What its cards show.
SPECIFICATION = {
    **{
        name: {}
        for name in (
            "number", "active", "name", "partner_name", "sequence", "color", "priority", "assigned_date",
            "kanban_state", "activity_ids",
        )
    },
    **{
        name: {"fields": {"display_name": {}}}
        for name in ("user_id", "team_id", "stage_id", "category_id", "partner_id")
    },
    "tag_ids": {"fields": {"display_name": {}, "color": {}}},
}  # fmt: skip


def fetch():
    """The folder of its add-on, or None where it cannot be had."""
    if not FOLDER.exists():
        part = FOLDER.with_name(f"{FOLDER.name}.part")
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            str(part),
            WHEEL,
        ]
        if subprocess.run(command, check=False).returncode:
            return None
        [wheel] = part.glob("*.whl")
        zipfile.ZipFile(wheel).extractall(part)
        part.rename(FOLDER)
    return FOLDER / "odoo/addons"


def kanban_ms(count):
    """Median milliseconds of what its kanban asks, 1 % of so many tickets being open; None without it."""
    folder = fetch()
    if not folder:
        return None
    world.close()
    usual = env.addons_path()
    env.addons_path = lambda: f"{usual},{folder}"
    name = database.create(database.base_template())
    try:
        database.install(name, ["helpdesk_mgmt"], demo=False)
        world.load_odoo()
        _fill(name, count)
        with world.inside(name, "helpdesk_agent") as odoo:
            tickets = odoo["helpdesk.ticket"]
            times = world.timed(lambda _n: _ask(tickets), TIMES, before=lambda _n: odoo.invalidate_all())
        return median(times[3:])
    finally:
        env.addons_path = lambda: usual
        world.close()
        database.drop(name)


def _ask(tickets):
    """What opening it asks: the columns with their first cards, and the progress bars."""
    tickets.web_read_group(
        [],
        ["stage_id"],
        auto_unfold=True,
        unfold_read_specification=SPECIFICATION,
        unfold_read_default_limit=40,
    )
    tickets.read_progress_bar(
        [],
        "stage_id",
        {
            "field": "activity_state",
            "colors": {"planned": "success", "today": "warning", "overdue": "danger"},
        },
    )


def _fill(name, count):
    """Copies of one ticket, open ones among them one in a hundred, for an agent of its widest group."""
    with world.inside(name) as odoo:
        odoo["res.users"].create(
            {
                "name": "Agent",
                "login": "helpdesk_agent",
                "group_ids": [(4, odoo.ref("helpdesk_mgmt.group_helpdesk_user").id)],
            }
        )
        stages = odoo["helpdesk.ticket.stage"].search([])
        first = odoo["helpdesk.ticket"].create(
            {"name": "Question", "description": "Where is my order?", "partner_id": odoo.user.partner_id.id}
        )
        odoo.flush_all()
        odoo.cr.execute(
            """SELECT column_name FROM information_schema.columns
                WHERE table_name = 'helpdesk_ticket' AND column_name NOT IN ('id', 'number', 'stage_id')"""
        )
        columns = ", ".join(f'"{column}"' for (column,) in odoo.cr.fetchall())
        odoo.cr.execute(
            f"""INSERT INTO helpdesk_ticket ({columns}, number, stage_id)
                SELECT {columns}, 'B' || n, CASE WHEN n %% 100 = 0 THEN %s ELSE %s END
                  FROM helpdesk_ticket, generate_series(1, %s) n WHERE id = %s""",
            [
                stages.filtered(lambda stage: not stage.closed)[:1].id,
                stages.filtered("closed")[:1].id,
                count,
                first.id,
            ],
        )
        odoo.cr.commit()
    world.vacuum(name)
