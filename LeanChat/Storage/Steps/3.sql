-- From version 2 to 3.

-- The list names who wrote last.
alter table support_chats add column last_message_name text;
update support_chats set last_message_name = (
  select sender_name from support_messages where chat = support_chats.row and seq = support_chats.last_seq);
