-- From version 8 to 9: API tokens.
-- Tokens by which programs use the admin's side of the API. The token itself is never stored.
create table api_tokens (
  id           text primary key,                  -- as the sender of its messages it outlives the token
  token_hash   text not null unique,              -- SHA-256 of the token, lower-case hex
  name         text not null,                     -- what users see as the sender's name
  created_at   text not null,
  expires_at   text,                              -- null: never
  last_used_at text                               -- written at most once a minute
) strict, without rowid;
create index api_tokens_by_expiry on api_tokens (expires_at) where expires_at is not null;
