-- LeanChat's database: every table, as a new database has it.
-- Ids are UUIDs (version 7) as text; times are ISO 8601 UTC text with milliseconds,
-- so that comparing text compares times. A change here needs a step in
-- LeanChat/Storage/Steps/N.sql.

-- The people on the website. Anonymous until named.
create table users (
  row            integer primary key,             -- for the full text index only
  id             text not null unique,
  subject        text unique,                     -- `sub` of a signed identity: the same user on every device
  email          text,                            -- where replies may be sent to; never identifies a user
  email_verified integer not null default 0,      -- 1: vouched for by a signed identity
  name           text,
  created_at     text not null,
  blocked_at     text,                            -- set: sends are refused, sockets closed
  page_url       text,                            -- the page the user was last seen on
  page_title     text,
  referrer       text,
  user_agent     text,
  locale         text,
  time_zone      text,
  language       text,                            -- the language that the widget speaks to them
  pages          text                             -- JSON: the last ten pages, newest first
) strict;

-- The people who reply in the dashboard.
create table admins (
  id            text primary key,
  email         text not null,                    -- as it was typed,
  email_key     text not null unique,             -- and as it is compared
  name          text,                             -- what users see as the sender's name
  password_hash text not null,
  created_at    text not null,
  used_at       text                              -- when they last used a dashboard; null: not since they signed out
) strict, without rowid;

-- Sessions of users and admins. The token itself is never stored.
create table sessions (
  token_hash text primary key,                    -- SHA-256 of the token, lower-case hex
  user_id    text references users (id) on delete cascade,
  admin_id   text references admins (id) on delete cascade,
  created_at text not null,
  expires_at text not null,
  check ((user_id is null) <> (admin_id is null))
) strict, without rowid;
create index sessions_by_user on sessions (user_id) where user_id is not null;
create index sessions_by_admin on sessions (admin_id) where admin_id is not null;
create index sessions_by_expiry on sessions (expires_at);

-- Tokens by which programs use the admin's side of the API. The token itself is never stored.
create table api_tokens (
  id           text primary key,                  -- as the sender of its messages it outlives the token
  token_hash   text not null unique,              -- SHA-256 of the token, lower-case hex
  name         text not null,                     -- what users see as the sender's name
  created_at   text not null,
  expires_at   text,                              -- null: never
  last_used_at text                               -- written at most once a minute
) strict, without rowid;
create index api_tokens_by_expiry on api_tokens (expires_at) where expires_at is not null;

-- The one chat of one user. What the dashboard's list shows is stored in the row, in
-- the same transaction as the message, so that the list never counts messages.
create table support_chats (
  row                  integer primary key,        -- the key that messages refer to: short in every index
  id                   text not null unique,
  user_id              text not null unique references users (id) on delete cascade,
  created_at           text not null,
  last_seq             integer not null default 0, -- the newest message's seq
  message_count        integer not null default 0,
  last_message_at      text,                       -- null: there is no message yet
  last_message_preview text,                       -- its first 100 characters
  last_message_sender  text check (last_message_sender in ('user', 'admin')),
  admin_viewed_at      text,                       -- when an admin last viewed it: later user messages are unread
  unread_count         integer not null default 0, -- how many,
  unread               integer not null default 0, -- and whether any, or marked by an admin: a rising count leaves its index unchanged
  user_read_at         text,                       -- when the user last saw an admin's message,
  user_read_up_to      integer not null default 0, -- and the newest one seen
  admin_read_up_to     integer not null default 0, -- the newest user message an admin has seen
  last_user_seq        integer not null default 0, -- the newest message of each side: unseen messages are
  last_admin_seq       integer not null default 0, -- between these and the two before
  archived_at          text,                       -- set: archived; a new message of the user clears it
  last_message_name    text,                       -- the admin's name, where an admin wrote the last message,
  last_message_admin   text,                       -- and the admin's id; outlives a removed admin
  tags                 text,                       -- the chat's tags as a JSON list, so that the list needs no second query; null: none
  assignee_id          text references admins (id) on delete set null, -- the admin who takes care of it; null: everybody
  snoozed_until        text,                       -- set: not in the active list until then; ended by the user's next message
  rating               text check (rating in ('good', 'bad')), -- the newest one,
  rating_comment       text,
  rated_at             text,
  last_edited_seq      integer not null default 0  -- the newest message that was ever edited or deleted
) strict;
create index support_chats_active on support_chats (last_message_at)
  where archived_at is null and last_message_at is not null;
create index support_chats_archived on support_chats (last_message_at)
  where archived_at is not null and last_message_at is not null;
create index support_chats_unread on support_chats (row) where unread = 1 and archived_at is null;
create index support_chats_empty on support_chats (created_at) where last_message_at is null;
create index support_chats_snoozed on support_chats (last_message_at) where snoozed_until is not null;
create index support_chats_waking on support_chats (snoozed_until) where snoozed_until is not null;
create index support_chats_by_assignee on support_chats (assignee_id) where assignee_id is not null;

-- All messages. Each index costs one more page per message, so there are only those that queries use.
create table support_messages (
  row         integer primary key,                -- for the full text index; rises with time
  id          text not null,
  chat        integer not null references support_chats (row) on delete cascade,
  seq         integer not null,                   -- 1, 2, 3 … in its chat, without gaps
  client_id   text,                               -- the client's id for it: the same in every retry
  sender_type text not null check (sender_type in ('user', 'admin')),
  sender_id   text not null,                      -- the user or admin; outlives a removed admin
  sender_name text,                               -- the admin's name when this was written
  content     text not null,
  read_at     text,                               -- when the other side saw it
  created_at  text not null,                      -- rises strictly with seq within a chat
  via         text not null default 'chat' check (via in ('chat', 'email', 'api')), -- how it came
  attachments text,                               -- its files, a JSON list in their order: id, name, type, size, width, height
  edited_at   text,                               -- when its words were last changed
  deleted_at  text,                               -- when they were deleted: the row stays, without words
  sent_hash   text                                -- SHA-256 of the words first sent, once they have changed: a retry is compared with it
) strict;
create unique index support_messages_by_seq on support_messages (chat, seq);
create unique index support_messages_by_user on support_messages (chat, client_id)
  where client_id is not null and sender_type = 'user';             -- of a chat's one user
create unique index support_messages_by_admin on support_messages (chat, sender_id, client_id)
  where client_id is not null and sender_type = 'admin';

create index support_messages_changed on support_messages (chat, coalesce(deleted_at, edited_at))
  where edited_at is not null or deleted_at is not null;

-- Conversations: each begins with a user's message when none is open, and ends when the chat is archived. A chat's last one is open
-- while the chat is active.
create table conversations (
  chat           integer not null references support_chats (row) on delete cascade,
  first_seq      integer not null,                -- the message that began it
  began_at       text not null,
  page_url       text,                            -- the page that the user was on
  reply_seq      integer,                         -- the first message of an admin after that, tokens of the API left out,
  replied_at     text,                            -- and when it was written
  archived_at    text,                            -- when it was archived first
  rating         text check (rating in ('good', 'bad')),
  rating_comment text,
  rated_at       text,
  primary key (chat, first_seq)
) strict, without rowid;
create index conversations_by_start on conversations (began_at);
create index conversations_rated on conversations (rated_at) where rated_at is not null;

-- Notes: what admins tell each other about a chat. No user sees them.
create table notes (
  id         text primary key,
  chat       integer not null references support_chats (row) on delete cascade,
  after_seq  integer not null,                    -- the chat's newest message then
  admin_id   text not null,                       -- the admin or API token; outlives both
  admin_name text not null,                       -- as the admin was called then
  content    text not null,
  created_at text not null
) strict, without rowid;
create index notes_by_chat on notes (chat, created_at);

-- Tags of chats, to find chats by; support_chats has them too.
create table chat_tags (
  chat integer not null references support_chats (row) on delete cascade,
  tag  text not null,
  primary key (chat, tag)
) strict, without rowid;
create index chat_tags_by_tag on chat_tags (tag, chat);

-- Files (attachments). Their bytes are in attachment_chunks. A file without a message is an upload that no message has taken yet.
create table attachments (
  id          text primary key,
  chat        integer not null references support_chats (row) on delete cascade,
  sender_type text not null check (sender_type in ('user', 'admin')),
  sender_id   text not null,                      -- the user or admin who uploaded it
  name        text not null,
  type        text not null,                      -- its media type; empty until its bytes tell it
  size        integer not null,                   -- in bytes; while it is uploaded, what is reserved for it
  width       integer,                            -- of a picture, as it is shown
  height      integer,
  created_at  text not null,                      -- when its upload began,
  stored_at   text,                               -- and when all of it was stored; null: not yet
  message_id  text,                               -- the message that took it
  erased_at   text                                -- set: its bytes are gone, name and size stay
) strict, without rowid;
create index attachments_by_chat on attachments (chat);
create index attachments_by_user on attachments (sender_id, created_at) where sender_type = 'user';
create index attachments_unused on attachments (created_at) where message_id is null;
create index attachments_by_age on attachments (created_at) where message_id is not null and erased_at is null;

-- The bytes of files, in pieces of 64 KiB, so that no file is ever in memory. No foreign key: they are erased piece by piece, after
-- the row of their file, because erasing much at once would hold up messages.
create table attachment_chunks (
  row           integer primary key,
  attachment_id text not null,
  number        integer not null,                 -- 0, 1, 2 …
  bytes         blob not null
) strict;
create unique index attachment_chunks_by_number on attachment_chunks (attachment_id, number);

-- Files whose bytes are still to be erased.
create table erased_attachments (
  id text primary key
) strict, without rowid;

-- One row: how many bytes all files have, with what is reserved for uploads.
create table attachment_total (
  id    integer primary key check (id = 1),
  bytes integer not null
) strict;
insert into attachment_total values (1, 0);
create trigger attachments_added after insert on attachments begin
  update attachment_total set bytes = bytes + new.size;
end;
create trigger attachments_changed after update of size, erased_at on attachments begin
  update attachment_total set bytes = bytes - case when old.erased_at is null then old.size else 0 end
    + case when new.erased_at is null then new.size else 0 end;
end;
create trigger attachments_erased after update of erased_at on attachments when old.erased_at is null and new.erased_at is not null begin
  insert into erased_attachments values (old.id) on conflict do nothing;
end;
create trigger attachments_deleted after delete on attachments begin
  update attachment_total set bytes = bytes - case when old.erased_at is null then old.size else 0 end;
  insert into erased_attachments values (old.id) on conflict do nothing;
end;

-- Files that were refused because a virus was found in them.
create table refused_attachments (
  id     text primary key,
  chat   integer not null references support_chats (row) on delete cascade,
  name   text not null,
  reason text not null,                           -- what the virus scanner calls it
  at     text not null
) strict, without rowid;
create index refused_attachments_by_chat on refused_attachments (chat);

-- Keys of the links in letters: each opens one chat for a week.
create table chat_keys (
  key_hash   text primary key,                    -- SHA-256 of the key, lower-case hex
  chat_id    text not null references support_chats (id) on delete cascade,
  expires_at text not null
) strict, without rowid;
create index chat_keys_by_chat on chat_keys (chat_id);
create index chat_keys_by_expiry on chat_keys (expires_at);

-- Letters (e-mails): waiting, sent, failed and dropped ones.
create table letters (
  id          text primary key,                   -- part of the Message-ID, so that a retry has the same
  kind        text not null check (kind in ('reply', 'missed')), -- to the user · to an admin
  chat_id     text not null references support_chats (id) on delete cascade,
  admin_id    text references admins (id) on delete cascade, -- kind missed: the admin who gets it
  state       text not null check (state in ('waiting', 'sent', 'failed', 'dropped')),
  promised_at text not null,                      -- when it was due at first
  due_at      text not null,                      -- when it is tried next
  attempts    integer not null default 0,
  first_seq   integer not null,                   -- the messages it is about: from the first
  last_seq    integer,                            -- to the newest one in it
  recipient   text,                               -- the address it was sent to, as it is compared
  error       text,                               -- the mail server's reply
  created_at  text not null,
  settled_at  text,                               -- when it was sent, failed or dropped
  refused_at  text,                               -- while it waits: since when the mail server has refused it
  check ((kind = 'missed') = (admin_id is not null))
) strict, without rowid;
create unique index letters_waiting on letters (chat_id, ifnull(admin_id, '')) where state = 'waiting';
create index letters_due on letters (due_at) where state = 'waiting';
create index letters_by_chat on letters (chat_id, kind, state);
create index letters_by_admin on letters (admin_id) where admin_id is not null;
create index letters_sent on letters (settled_at, recipient) where state = 'sent';
create index letters_failed on letters (settled_at) where state = 'failed';

-- Addresses that get no letters: the person unsubscribed, or there is no such mailbox (for a while).
create table silent_addresses (
  address text primary key,                       -- as it is compared
  reason  text not null check (reason in ('refused', 'reported', 'unsubscribed')), -- by the mail server · in a delivery report · by the person
  error   text,                                   -- the mail server's reply
  at      text not null,
  until   text                                    -- null: for ever
) strict, without rowid;

-- Keys by which an answer to a letter finds its chat. They are in the letter's headers; only their hashes are stored.
create table reply_keys (
  key_hash    text primary key,                   -- SHA-256 of the key, lower-case hex
  letter_id   text not null,
  chat_id     text references support_chats (id) on delete cascade, -- null: the letter tells of several chats
  admin_id    text references admins (id) on delete cascade, -- the admin who got the letter; null: the visitor did
  told_at     text not null,                      -- the letter tells what was said until then
  created_at  text not null,
  answered_at text                                -- when an answer to it was taken
) strict, without rowid;
create index reply_keys_by_chat on reply_keys (chat_id);
create index reply_keys_by_admin on reply_keys (admin_id) where admin_id is not null;
create index reply_keys_by_age on reply_keys (created_at);

-- How far each mailbox was read.
create table mailboxes (
  name         text primary key,                  -- user, host and folder
  uid_validity integer not null,                  -- another one: the numbers below mean other mails (RFC 3501 §2.3.1.1)
  last_uid     integer not null
) strict, without rowid;

-- Mails that were taken from a mailbox, so that none is taken twice.
create table taken_mails (
  id text primary key,                            -- SHA-256 of the Message-ID, or of the mail if it has none, lower-case hex
  at text not null
) strict, without rowid;
create index taken_mails_by_age on taken_mails (at);

-- Mails of admins that were not taken, and why.
create table untaken_mails (
  id     text primary key,                        -- as in taken_mails
  sender text not null,
  why    text not null,
  at     text not null
) strict, without rowid;
create index untaken_mails_by_age on untaken_mails (at);

-- One-time links for a new password. Only their hashes are stored.
create table password_resets (
  token_hash text primary key,                    -- SHA-256 of the token, lower-case hex
  admin_id   text not null references admins (id) on delete cascade,
  expires_at text not null
) strict, without rowid;
create index password_resets_by_admin on password_resets (admin_id);
create index password_resets_by_expiry on password_resets (expires_at);

-- Browsers that an admin has signed in with: a sign-in with another one is told by e-mail.
create table admin_devices (
  token_hash text not null,                       -- SHA-256 of the browser's cookie, lower-case hex
  admin_id   text not null references admins (id) on delete cascade,
  expires_at text not null,
  primary key (admin_id, token_hash)
) strict, without rowid;
create index admin_devices_by_expiry on admin_devices (expires_at);

-- The second factor of admins: the key of an app that shows codes (RFC 6238).
create table totp_keys (
  admin_id     text primary key references admins (id) on delete cascade,
  secret       text not null,                     -- sealed
  confirmed_at text,                              -- null: it was shown, and is not in use yet
  last_step    integer not null default 0         -- the step of the last code used; only later ones are taken
) strict, without rowid;

-- Codes for who has lost the app: each works once. Only their hashes are stored.
create table recovery_codes (
  admin_id  text not null references admins (id) on delete cascade,
  code_hash text not null,                        -- SHA-256 of the code, lower-case hex
  primary key (admin_id, code_hash)
) strict, without rowid;

-- One-time links by which a colleague makes an account. Only their hashes are stored.
create table admin_invites (
  token_hash text primary key,                    -- SHA-256 of the token, lower-case hex
  email      text not null,                       -- as it was typed,
  email_key  text not null,                       -- and as it is compared
  expires_at text not null
) strict, without rowid;
create index admin_invites_by_email on admin_invites (email_key);
create index admin_invites_by_expiry on admin_invites (expires_at);

-- E-mails about admins' accounts that wait: a link for a new password, a sign-in with a new browser, an invitation.
create table admin_letters (
  id         text primary key,                    -- part of the Message-ID, so that a retry has the same
  kind       text not null check (kind in ('reset', 'device', 'invite')),
  email      text not null,                       -- as it was typed; there may be no such admin
  device     text,                                -- kind device: the browser, in words; kind invite: who invites,
  address    text,                                -- and where it is on the network
  created_at text not null,
  due_at     text not null,                       -- when it is tried next
  until      text not null,                       -- then it is dropped
  attempts   integer not null default 0
) strict, without rowid;
create index admin_letters_due on admin_letters (due_at);
create index admin_letters_by_end on admin_letters (until);

-- Saved replies.
create table canned_replies (
  id         text primary key,
  shortcut   text not null unique,
  content    text not null,
  created_at text not null
) strict, without rowid;

-- Browsers that an admin has asked to notify.
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

-- Chats that the admins are to be notified of, unless one of them looks at the chat before.
create table pushes (
  chat_id text primary key references support_chats (id) on delete cascade,
  due_at  text not null
) strict, without rowid;
create index pushes_due on pushes (due_at);

-- Notifications on their way to a device.
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

-- The settings that the owner changed in the dashboard; configuration overrides them.
create table settings (
  key   text primary key,
  value text not null
) strict, without rowid;

-- One row, which the health check writes to test that the database can be written.
create table heartbeat (
  id integer primary key check (id = 1),
  at text not null
) strict;

-- Full-text search: the words of messages, names and addresses, as Text/SearchWords.cs splits them. With secure-delete, deleted words
-- leave no trace. Messages are indexed a little later, many at once: one by one, indexing costs more than storing them.
create virtual table message_words using fts5 (words, tokenize = 'ascii', prefix = '2 3', columnsize = 0);
insert into message_words (message_words, rank) values ('secure-delete', 1);
create virtual table user_words using fts5 (email, name, tokenize = 'ascii', prefix = '2 3', columnsize = 0);
insert into user_words (user_words, rank) values ('secure-delete', 1);
create table search_index (
  name     text primary key check (name in ('messages', 'users')),
  version  integer not null,                      -- of Text/SearchWords.cs; another version rebuilds the index
  from_row integer not null,                      -- indexed rows: from this one
  to_row   integer not null                       -- to this one; newer rows are added at once, older ones in the background
) strict, without rowid;
insert into search_index values ('messages', 1, 1, 0), ('users', 1, 1, 0);
-- When the newest rows are deleted, to_row goes back too, because SQLite reuses their numbers.
create trigger message_words_delete after delete on support_messages begin
  delete from message_words where rowid = old.row;
  update search_index set from_row = min(from_row, (select coalesce(max(row), 0) + 1 from support_messages)),
      to_row = (select coalesce(max(row), 0) from support_messages)
    where name = 'messages' and to_row > (select coalesce(max(row), 0) from support_messages);
end;
create trigger user_words_delete after delete on users begin
  delete from user_words where rowid = old.row;
end;
