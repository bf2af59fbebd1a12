insert into messages (chat, seq, content, created_at)
values (@chat, (select coalesce(max(seq), 0) + 1 from messages where chat = @chat), @content, @createdAt)
returning seq
