-- From version 9 to 10: webhooks.
-- Addresses of the owner's programs that are told what happens in chats.
create table webhooks (
  id            text primary key,
  url           text not null,
  events        text not null,                    -- the types that it is told, separated by blanks
  token_id      text references api_tokens (id) on delete set null, -- whose doings it is not told; null: it is told everything,
  include_own   integer not null default 0,       -- or this is 1
  enabled       integer not null default 1,
  secret        text not null,                    -- by which deliveries are signed; sealed
  old_secret    text,                             -- the one before, sealed: good
  old_until     text,                             -- until then
  failing_since text,                             -- when the first delivery failed after the last that was taken; null: none has
  stopped       text check (stopped in ('failing', 'gone')), -- why it was turned off: nothing was taken for three days · it answered 410
  created_at    text not null
) strict, without rowid;
create index webhooks_by_token on webhooks (token_id) where token_id is not null;

-- What webhooks are told: what waits, and the newest of what is settled.
create table webhook_deliveries (
  row        integer primary key,                 -- rises in the order of what happened
  webhook_id text not null references webhooks (id) on delete cascade,
  id         text not null,                       -- the same for every webhook that is told, and in every try
  type       text not null,
  lane       text not null,                       -- in it each waits for the one before: the chat's id
  user_id    text references users (id) on delete cascade, -- whom it is about; null: who was erased, and is told so
  message_id text,                                -- the message that it has the words of
  body       text not null,                       -- as it is sent, made when it happened
  created_at text not null,
  state      text not null default 'waiting' check (state in ('waiting', 'sent', 'failed', 'dropped')),
  due_at     text,                                -- when it is tried next; null: another in its lane goes first, or it is settled
  attempts   integer not null default 0,
  tried_at   text,                                -- when it was tried first
  status     integer,                             -- the HTTP status of the last answer; null: there was none
  error      text,
  forget     integer not null default 0           -- 1: the message was changed since; it is deleted once it is settled
) strict;
create unique index webhook_deliveries_by_id on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_by_age on webhook_deliveries (webhook_id, row);
create index webhook_deliveries_waiting on webhook_deliveries (webhook_id, lane, row) where state = 'waiting';
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at) where due_at is not null;
create index webhook_deliveries_by_user on webhook_deliveries (user_id) where user_id is not null;
create index webhook_deliveries_by_message on webhook_deliveries (message_id) where message_id is not null;

-- A new kind of e-mail to admins.
alter table admin_letters rename to old_admin_letters;
create table admin_letters (
  id         text primary key,                    -- part of the Message-ID, so that a retry has the same
  kind       text not null check (kind in ('reset', 'device', 'invite', 'webhook')),
  email      text not null,                       -- as it was typed; there may be no such admin
  device     text,                                -- kind device: the browser, in words; invite: who invites; webhook: its host,
  address    text,                                -- and where the browser is on the network, or why the webhook was turned off
  created_at text not null,
  due_at     text not null,                       -- when it is tried next
  until      text not null,                       -- then it is dropped
  attempts   integer not null default 0
) strict, without rowid;
insert into admin_letters (id, kind, email, device, address, created_at, due_at, until, attempts)
  select id, kind, email, device, address, created_at, due_at, until, attempts from old_admin_letters;
drop table old_admin_letters;
create index admin_letters_due on admin_letters (due_at);
create index admin_letters_by_end on admin_letters (until);
