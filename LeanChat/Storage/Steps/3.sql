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
