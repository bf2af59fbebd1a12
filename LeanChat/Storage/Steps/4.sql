-- From version 3 to 4: admins are notified on their devices.
create table push_devices (
  id           text primary key,
  admin_id     text not null references admins (id) on delete cascade,
  session_hash text not null references sessions (token_hash) on delete cascade, -- with its end the device is forgotten
  endpoint     text not null unique,              -- the address at the browser's push service
  p256dh       text not null,                     -- the device's public key, base64url
  auth         text not null,                     -- and its secret
  name         text not null,
  created_at   text not null,
  last_sent_at text,
  last_error   text                               -- the push service's words
) strict, without rowid;
create index push_devices_by_admin on push_devices (admin_id);
create index push_devices_by_session on push_devices (session_hash);
create table pushes (
  chat_id text primary key references support_chats (id) on delete cascade,
  due_at  text not null
) strict, without rowid;
create index pushes_due on pushes (due_at);
create table push_deliveries (
  chat_id   text not null references support_chats (id) on delete cascade,
  device_id text not null references push_devices (id) on delete cascade,
  due_at    text not null,                        -- when it is tried next
  until     text not null,                        -- and until when
  attempts  integer not null,
  primary key (chat_id, device_id)
) strict, without rowid;
create index push_deliveries_due on push_deliveries (due_at);
create index push_deliveries_by_device on push_deliveries (device_id);
