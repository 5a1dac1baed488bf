-- A copy of the production database must not know how to reach Meta.
UPDATE omnichannel_channel
   SET whatsapp_token = NULL,
       whatsapp_app_secret = NULL
 WHERE channel_type = 'whatsapp';
