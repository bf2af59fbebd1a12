-- From version 4 to 5: answers to letters arrive in their chat; letters are in the visitor's language.
alter table users add column language text;
alter table support_messages add column via text not null default 'chat' check (via in ('chat', 'email', 'api'));
-- Who wrote the last message, by id: two admins may have one name, or none.
alter table support_chats add column last_message_admin text;
update support_chats set last_message_admin =
  (select m.sender_id from support_messages m where m.chat = support_chats.row and m.seq = support_chats.last_seq)
  where last_message_sender = 'admin';

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

-- E-mails about admins' accounts that wait: a link for a new password, a sign-in with a new browser.
create table admin_letters (
  id         text primary key,                    -- part of the Message-ID, so that a retry has the same
  kind       text not null check (kind in ('reset', 'device')),
  email      text not null,                       -- as it was typed; there may be no such admin
  device     text,                                -- kind device: the browser, in words,
  address    text,                                -- and where it is on the network
  created_at text not null,
  due_at     text not null,                       -- when it is tried next
  until      text not null,                       -- then it is dropped
  attempts   integer not null default 0
) strict, without rowid;
create index admin_letters_due on admin_letters (due_at);
create index admin_letters_by_end on admin_letters (until);
