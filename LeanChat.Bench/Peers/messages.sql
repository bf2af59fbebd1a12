-- The tables of the peers that store, and what each of them sets on its connection. FULL: a commit is synced before it returns.
pragma journal_mode = wal;
pragma synchronous = full;
create table if not exists messages (
  id integer primary key,
  chat text not null,
  seq integer not null,
  content text not null,
  created_at text not null,
  unique (chat, seq)
) strict;
