-- From version 7 to 8: when admins last used a dashboard.
alter table admins add column used_at text;
