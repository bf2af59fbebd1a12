-- From version 2 to 3: the full text holds words that were split before, so that every language is found. What is there already is
-- put in while the server serves, the newest first.
drop trigger message_words_delete;
drop trigger user_words_insert;
drop trigger user_words_delete;
drop trigger user_words_update;
drop table message_words;
drop table message_words_reach;
drop table user_words;
create virtual table message_words using fts5 (words, tokenize = 'ascii', prefix = '2 3', columnsize = 0);
insert into message_words (message_words, rank) values ('secure-delete', 1);
create virtual table user_words using fts5 (email, name, tokenize = 'ascii', prefix = '2 3', columnsize = 0);
insert into user_words (user_words, rank) values ('secure-delete', 1);
create table search_index (
  name     text primary key check (name in ('messages', 'users')),
  version  integer not null,
  from_row integer not null,
  to_row   integer not null
) strict, without rowid;
insert into search_index
  select 'messages', 1, coalesce(max(row), 0) + 1, coalesce(max(row), 0) from support_messages
  union all select 'users', 1, coalesce(max(row), 0) + 1, coalesce(max(row), 0) from users;
create trigger message_words_delete after delete on support_messages begin
  delete from message_words where rowid = old.row;
  update search_index set from_row = min(from_row, (select coalesce(max(row), 0) + 1 from support_messages)),
      to_row = (select coalesce(max(row), 0) from support_messages)
    where name = 'messages' and to_row > (select coalesce(max(row), 0) from support_messages);
end;
create trigger user_words_delete after delete on users begin
  delete from user_words where rowid = old.row;
end;
-- Addresses are compared by a form of their own, and only a mailbox that does not exist silences an
-- address, for 30 days. Those that were silenced for anything else get letters again.
create table admins_3 (
  id            text primary key,
  email         text not null,
  email_key     text not null unique,
  name          text,
  password_hash text not null,
  created_at    text not null
) strict, without rowid;
insert into admins_3 select id, email, lower(trim(email)), name, password_hash, created_at from admins;
drop table admins;
alter table admins_3 rename to admins;
alter table letters add column refused_at text;
update letters set recipient = lower(trim(recipient)) where recipient is not null;
create table silent_3 (
  address text primary key,
  reason  text not null check (reason in ('refused', 'reported', 'unsubscribed')),
  error   text,
  at      text not null,
  until   text
) strict, without rowid;
insert into silent_3 select lower(trim(address)), 'unsubscribed', error, at, null from silent_addresses where reason = 'unsubscribed';
insert into silent_3
  select lower(trim(address)), 'refused', error, at, strftime('%Y-%m-%dT%H:%M:%fZ', at, '+30 days') from silent_addresses
  where reason = 'bounced' and (substr(error || ' ', 5, 6) in ('5.1.1 ', '5.1.2 ', '5.1.3 ', '5.1.6 ', '5.2.1 ')
    or substr(error || ' ', 5, 7) = '5.1.10 ')
  on conflict do nothing;
drop table silent_addresses;
alter table silent_3 rename to silent_addresses;
-- The list names who wrote last.
alter table support_chats add column last_message_name text;
update support_chats set last_message_name = (
  select sender_name from support_messages where chat = support_chats.row and seq = support_chats.last_seq);
