-- From version 2 to 3: addresses are compared by a form of their own, and only a mailbox that does not exist silences an
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
  where reason = 'bounced' and (substr(error || ' ', 5, 6) in ('5.1.1 ', '5.1.2 ', '5.1.3 ', '5.1.6 ', '5.2.1 ') or substr(error || ' ', 5, 7) = '5.1.10 ')
  on conflict do nothing;
drop table silent_addresses;
alter table silent_3 rename to silent_addresses;
