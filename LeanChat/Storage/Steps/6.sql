-- From version 5 to 6: messages have files.
alter table support_messages add column attachments text;

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
