-- From version 1 to 2: messages go by their chat's number, what is unseen follows from the chat's row, and the words of
-- messages are put into the full text later, many at once.
create table chats_2 (
  row                  integer primary key,
  id                   text not null unique,
  user_id              text not null unique references users (id) on delete cascade,
  created_at           text not null,
  last_seq             integer not null default 0,
  message_count        integer not null default 0,
  last_message_at      text,
  last_message_preview text,
  last_message_sender  text check (last_message_sender in ('user', 'admin')),
  admin_viewed_at      text,
  unread_count         integer not null default 0,
  unread               integer not null default 0,
  user_read_at         text,
  user_read_up_to      integer not null default 0,
  admin_read_up_to     integer not null default 0,
  last_user_seq        integer not null default 0,
  last_admin_seq       integer not null default 0,
  archived_at          text
) strict;
insert into chats_2 (id, user_id, created_at, last_seq, message_count, last_message_at, last_message_preview, last_message_sender,
    admin_viewed_at, unread_count, unread, user_read_at, user_read_up_to, admin_read_up_to, last_user_seq, last_admin_seq, archived_at)
  select id, user_id, created_at, last_seq, message_count, last_message_at, last_message_preview, last_message_sender,
    admin_viewed_at, unread_count, unread_count > 0, user_read_at, user_read_up_to, admin_read_up_to,
    (select coalesce(max(seq), 0) from support_messages where chat_id = c.id and sender_type = 'user'),
    (select coalesce(max(seq), 0) from support_messages where chat_id = c.id and sender_type = 'admin'), archived_at
  from support_chats c order by created_at;
create table messages_2 (
  row         integer primary key,
  id          text not null,
  chat        integer not null references chats_2 (row) on delete cascade,
  seq         integer not null,
  client_id   text,
  sender_type text not null check (sender_type in ('user', 'admin')),
  sender_id   text not null,
  sender_name text,
  content     text not null,
  read_at     text,
  created_at  text not null
) strict;
insert into messages_2 (row, id, chat, seq, client_id, sender_type, sender_id, sender_name, content, read_at, created_at)
  select m.row, m.id, c.row, m.seq, m.client_id, m.sender_type, m.sender_id, m.sender_name, m.content, m.read_at, m.created_at
  from support_messages m join chats_2 c on c.id = m.chat_id order by m.row;
drop table message_words;
drop table support_messages;
drop table support_chats;
alter table chats_2 rename to support_chats;
alter table messages_2 rename to support_messages;
create index support_chats_active on support_chats (last_message_at)
  where archived_at is null and last_message_at is not null;
create index support_chats_archived on support_chats (last_message_at)
  where archived_at is not null and last_message_at is not null;
create index support_chats_unread on support_chats (row) where unread = 1 and archived_at is null;
create index support_chats_empty on support_chats (created_at) where last_message_at is null;
create unique index support_messages_by_seq on support_messages (chat, seq);
create unique index support_messages_by_user on support_messages (chat, client_id)
  where client_id is not null and sender_type = 'user';
create unique index support_messages_by_admin on support_messages (chat, sender_id, client_id)
  where client_id is not null and sender_type = 'admin';
create virtual table message_words using fts5 (
  content, content = 'support_messages', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
insert into message_words (message_words, rank) values ('secure-delete', 1);
create table message_words_reach (
  id  integer primary key check (id = 1),
  row integer not null
) strict;
insert into message_words_reach values (1, 0);
create trigger message_words_delete after delete on support_messages begin
  insert into message_words (message_words, rowid, content)
    select 'delete', old.row, old.content from message_words_reach where row >= old.row;

  update message_words_reach set row = (select coalesce(max(row), 0) from support_messages)
    where row > (select coalesce(max(row), 0) from support_messages);
end;
