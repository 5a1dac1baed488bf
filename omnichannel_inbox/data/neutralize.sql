-- A copy of the production database writes to no customer: every way out refuses, and says why.
UPDATE omnichannel_channel
   SET neutralized = true;
UPDATE omnichannel_rule_call
   SET state = 'failed',
       error = 'Not sent: this is a copy of a production database.'
 WHERE state = 'queued';
-- What was waiting to be sent in production is production's to send.
UPDATE omnichannel_message
   SET state = 'cancelled',
       error_text = 'Not sent: this is a copy of a production database.'
 WHERE direction = 'out'
   AND state IN ('queued', 'sending');
