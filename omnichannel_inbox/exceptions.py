from odoo.exceptions import UserError


class AnsweredMeanwhile(UserError):
    """Somebody answered since the writer's client loaded the thread.

    ``args[1]`` is the id of the newest message: posting again with it as
    ``omnichannel_seen_id`` says that the writer has seen that answer.
    """

    def __init__(self, message, newest_message_id):
        super().__init__(message)
        self.args = (message, newest_message_id)
