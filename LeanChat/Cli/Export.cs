using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Dapper;
using LeanChat.Chats;
using LeanChat.Storage;

namespace LeanChat.Cli;

/// <summary>`leanchat export`: all data but passwords, tokens and keys as JSON lines, person by person.</summary>
internal sealed class Export(Database database, Stream lines, TextWriter progress)
{
    private const int PeopleAtOnce = 100;
    private const int MessagesAtOnce = 1000;

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    private readonly long _start = TimeProvider.System.GetTimestamp();
    private TimeSpan _lastProgress;
    private long _people;
    private long _messages;

    /// <summary>Writes everything, or <paramref name="user"/> only; false when there is no such user.</summary>
    public async Task<bool> WriteAsync(string? user, CancellationToken stopping)
    {
        if (user is null)
            await WriteSharedAsync(stopping);
        // Many short reads, although they see different states: one long read would prevent checkpoints of the write-ahead log.
        var people = await PeopleAfterAsync(0, user);
        if (user is not null && people.Count == 0)
            return false;
        while (people.Count > 0)
        {
            foreach (var person in people)
                await WritePersonAsync(person, stopping);
            people = user is null ? await PeopleAfterAsync(people[^1].Row, null) : [];
        }

        await lines.FlushAsync(stopping);
        WriteProgress();
        return true;
    }

    private Task<List<ExportedPerson>> PeopleAfterAsync(long row, string? id) => database.ReadAsync(
        connection => connection.Query<ExportedPerson>(
        """
        select row, id, subject, email, email_verified, name, created_at, blocked_at, page_url, page_title, referrer,
          user_agent, locale, time_zone
        from users where row > @row and (@id is null or id = @id) order by row limit @most
        """, new { row, id, most = PeopleAtOnce }).ToList());

    private async Task WritePersonAsync(ExportedPerson person, CancellationToken stopping)
    {
        await WriteAsync(person, ExportLines.Default.ExportedPerson, stopping);
        _people++;
        if (await database.ReadAsync(connection => Chat(connection, person.Id)) is { } chat)
        {
            await WriteAsync(chat, ExportLines.Default.ExportedChat, stopping);
            for (var after = 0L; ;)
            {
                var messages = await database.ReadAsync(connection => Messages(connection, chat.Id, after));
                foreach (var message in messages)
                    await WriteAsync(message, ExportLines.Default.ExportedMessage, stopping);
                _messages += messages.Count;
                WriteProgressSometimes();
                if (messages.Count < MessagesAtOnce)
                    break;
                after = messages[^1].Seq;
            }

            foreach (var letter in await database.ReadAsync(connection => Letters(connection, chat.Id)))
                await WriteAsync(letter, ExportLines.Default.ExportedLetter, stopping);
        }

        WriteProgressSometimes();
    }

    private static ExportedChat? Chat(DbConnection connection, string userId) => connection.QueryFirstOrDefault<ExportedChat>(
        """
        select id, user_id, created_at, message_count, admin_viewed_at, user_read_at, archived_at
        from support_chats where user_id = @userId
        """,
        new { userId });

    private static List<ExportedMessage> Messages(DbConnection connection, string chatId, long after) => connection.Query<ExportedMessage>(
        """
        select m.id, c.id as chat_id, m.seq, m.client_id, m.sender_type, m.sender_id, m.sender_name, m.content, m.read_at, m.created_at
        from support_messages m join support_chats c on c.row = m.chat where c.id = @chatId and m.seq > @after order by m.seq limit @most
        """, new { chatId, after, most = MessagesAtOnce }).ToList();

    private static List<ExportedLetter> Letters(DbConnection connection, string chatId) => connection.Query<ExportedLetter>(
        """
        select id, chat_id, kind, state, recipient, first_seq, last_seq, error, created_at, settled_at
        from letters where chat_id = @chatId order by id
        """, new { chatId }).ToList();

    /// <summary>What belongs to no chat: admins, saved replies, silent addresses.</summary>
    private async Task WriteSharedAsync(CancellationToken stopping)
    {
        foreach (var admin in await database.ReadAsync(connection => connection.Query<ExportedAdmin>(
            "select id, email, name, created_at from admins order by id").ToList()))
            await WriteAsync(admin, ExportLines.Default.ExportedAdmin, stopping);
        foreach (var reply in await database.ReadAsync(connection => connection.Query<ExportedReply>(
            "select id, shortcut, content, created_at from canned_replies order by id").ToList()))
            await WriteAsync(reply, ExportLines.Default.ExportedReply, stopping);
        foreach (var address in await database.ReadAsync(connection => connection.Query<ExportedSilence>(
            "select address, reason, at from silent_addresses order by address").ToList()))
            await WriteAsync(address, ExportLines.Default.ExportedSilence, stopping);
    }

    private async Task WriteAsync<T>(T line, JsonTypeInfo<T> shape, CancellationToken stopping)
    {
        await JsonSerializer.SerializeAsync(lines, line, shape, stopping);
        lines.WriteByte((byte)'\n');
    }

    private void WriteProgressSometimes()
    {
        var now = TimeProvider.System.GetElapsedTime(_start);
        if (now - _lastProgress < ProgressEvery)
            return;
        _lastProgress = now;
        WriteProgress();
    }

    private void WriteProgress() => progress.WriteLine(string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{_people} people, {_messages} messages"));
}

internal sealed record ExportedPerson(
    [property: JsonIgnore] long Row, string Id, string? Subject, string? Email, bool EmailVerified, string? Name, string CreatedAt,
    string? BlockedAt, string? PageUrl, string? PageTitle, string? Referrer, string? UserAgent, string? Locale, string? TimeZone)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "user";
}

internal sealed record ExportedChat(
    string Id, string UserId, string CreatedAt, long MessageCount, string? AdminViewedAt, string? UserReadAt, string? ArchivedAt)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "chat";
}

internal sealed record ExportedMessage(
    string Id, string ChatId, long Seq, string? ClientId, string SenderType, string SenderId, string? SenderName, string Content,
    string? ReadAt, string CreatedAt)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "message";
}

internal sealed record ExportedLetter(
    string Id, string ChatId, string Kind, string State, string? Recipient, long FirstSeq, long? LastSeq, string? Error,
    string CreatedAt, string? SettledAt)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "letter";
}

internal sealed record ExportedAdmin(string Id, string Email, string? Name, string CreatedAt)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "admin";
}

internal sealed record ExportedReply(string Id, string Shortcut, string Content, string CreatedAt)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "canned_reply";
}

internal sealed record ExportedSilence(string Address, string Reason, string At)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "silent_address";
}

/// <summary>The JSON of the lines: generated, snake case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExportedPerson))]
[JsonSerializable(typeof(ExportedChat))]
[JsonSerializable(typeof(ExportedMessage))]
[JsonSerializable(typeof(ExportedLetter))]
[JsonSerializable(typeof(ExportedAdmin))]
[JsonSerializable(typeof(ExportedReply))]
[JsonSerializable(typeof(ExportedSilence))]
internal sealed partial class ExportLines : JsonSerializerContext;
