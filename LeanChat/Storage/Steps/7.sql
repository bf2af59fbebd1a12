-- From version 6 to 7: the desk. Notes, tags, assignees, snoozing, edited messages, ratings, conversations, the second factor, invitations.
alter table support_messages add column edited_at text;
alter table support_messages add column deleted_at text;
alter table support_messages add column sent_hash text;
create index support_messages_changed on support_messages (chat, coalesce(deleted_at, edited_at))
  where edited_at is not null or deleted_at is not null;

alter table users add column pages text;
alter table support_chats add column tags text;
alter table support_chats add column assignee_id text references admins (id) on delete set null;
alter table support_chats add column snoozed_until text;
alter table support_chats add column rating text check (rating in ('good', 'bad'));
alter table support_chats add column rating_comment text;
alter table support_chats add column rated_at text;
alter table support_chats add column last_edited_seq integer not null default 0;
create index support_chats_snoozed on support_chats (last_message_at) where snoozed_until is not null;
create index support_chats_waking on support_chats (snoozed_until) where snoozed_until is not null;
create index support_chats_by_assignee on support_chats (assignee_id) where assignee_id is not null;

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
-- Nobody wrote down where conversations ended: each chat has had one so far.
insert into conversations (chat, first_seq, began_at, reply_seq, replied_at, archived_at)
select c.row, m.seq, m.created_at, r.seq, r.created_at, c.archived_at
from support_chats c
join support_messages m on m.chat = c.row
  and m.seq = (select min(seq) from support_messages where chat = c.row and sender_type = 'user')
left join support_messages r on r.chat = c.row
  and r.seq = (select min(seq) from support_messages
    where chat = c.row and seq > m.seq and sender_type = 'admin' and via <> 'api');

-- Notes: what admins tell each other about a chat. No user sees them.
create table notes (
  id         text primary key,
  chat       integer not null references support_chats (row) on delete cascade,
  after_seq  integer not null,                    -- the chat's newest message then
  admin_id   text not null,                       -- outlives a removed admin
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

-- One more kind of e-mail: SQLite cannot change a check, so the table is made anew.
create table admin_letters_new (
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
insert into admin_letters_new select id, kind, email, device, address, created_at, due_at, until, attempts from admin_letters;
drop table admin_letters;
alter table admin_letters_new rename to admin_letters;
create index admin_letters_due on admin_letters (due_at);
create index admin_letters_by_end on admin_letters (until);
