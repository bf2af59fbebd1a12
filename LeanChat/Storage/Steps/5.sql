-- From version 4 to 5: answers to letters arrive in their chat; letters are in the visitor's language.
alter table users add column language text;
alter table support_messages add column via text not null default 'chat' check (via in ('chat', 'email', 'api'));
-- Keys by which an answer to a letter finds its chat. They are in the letter's headers; only their hashes are stored.
create table reply_keys (
  key_hash   text primary key,                    -- SHA-256 of the key, lower-case hex
  letter_id  text not null,
  chat_id    text references support_chats (id) on delete cascade, -- null: the letter tells of several chats
  admin_id   text references admins (id) on delete cascade, -- the admin who got the letter; null: the visitor did
  told_at    text not null                        -- the letter tells what was said until then
) strict, without rowid;
create index reply_keys_by_chat on reply_keys (chat_id);
create index reply_keys_by_admin on reply_keys (admin_id) where admin_id is not null;
create index reply_keys_by_age on reply_keys (told_at);

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

-- Mails of admins that were not taken, and why.
create table untaken_mails (
  id     text primary key,                        -- as in taken_mails
  sender text not null,
  why    text not null,
  at     text not null
) strict, without rowid;
create index untaken_mails_by_age on untaken_mails (at);
