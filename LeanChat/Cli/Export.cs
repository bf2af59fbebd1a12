using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LeanChat.Files;
using LeanChat.People;
using LeanChat.Storage;

namespace LeanChat.Cli;

/// <summary>`leanchat export`: all data but passwords, tokens and keys as JSON lines, person by person.</summary>
internal sealed class Export(
    Database database, FileAddresses addresses, string publicBase, ExportedFiles? files, Stream lines, TextWriter progress)
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

    private Task<List<ExportedPerson>> PeopleAfterAsync(long row, string? id) =>
        database.ReadAsync(connection => ExportStore.People(connection, row, id, PeopleAtOnce));

    private async Task WritePersonAsync(ExportedPerson person, CancellationToken stopping)
    {
        await WriteAsync(person, ExportLines.Default.ExportedPerson, stopping);
        _people++;
        if (await database.ReadAsync(connection => ExportStore.Chat(connection, person.Id)) is { } chat)
        {
            await WriteAsync(chat, ExportLines.Default.ExportedChat, stopping);
            for (var after = 0L; ;)
            {
                var messages = await database.ReadAsync(connection => ExportStore.Messages(connection, chat.Id, after, MessagesAtOnce));
                foreach (var message in messages)
                    await WriteAsync(WithFiles(message), ExportLines.Default.ExportedMessage, stopping);
                _messages += messages.Count;
                WriteProgressSometimes();
                if (messages.Count < MessagesAtOnce)
                    break;
                after = messages[^1].Seq;
            }

            foreach (var upload in await database.ReadAsync(connection => AttachmentStore.UnusedOf(connection, chat.Id)))
            {
                var file = FileAddresses.Absolute([addresses.With(upload)], publicBase)[0];
                await WriteAsync(new ExportedUpload(chat.Id, file), ExportLines.Default.ExportedUpload, stopping);
            }

            if (files is not null)
                await files.WriteAsync(chat.Id, stopping);
            foreach (var note in await database.ReadAsync(connection => ExportStore.Notes(connection, chat.Id)))
                await WriteAsync(note, ExportLines.Default.ExportedNote, stopping);
            foreach (var conversation in await database.ReadAsync(connection => ExportStore.Conversations(connection, chat.Id)))
                await WriteAsync(conversation, ExportLines.Default.ExportedConversation, stopping);
            foreach (var letter in await database.ReadAsync(connection => ExportStore.Letters(connection, chat.Id)))
                await WriteAsync(letter, ExportLines.Default.ExportedLetter, stopping);
        }

        WriteProgressSometimes();
    }

    private ExportedMessage WithFiles(ExportedMessage message) => message with
    {
        Attachments = FileAddresses.Absolute(AttachmentList.Read(message.StoredFiles, addresses), publicBase),
    };

    /// <summary>What belongs to no chat: admins, saved replies, silent addresses.</summary>
    private async Task WriteSharedAsync(CancellationToken stopping)
    {
        foreach (var admin in await database.ReadAsync(ExportStore.Admins))
            await WriteAsync(admin, ExportLines.Default.ExportedAdmin, stopping);
        foreach (var reply in await database.ReadAsync(ExportStore.Replies))
            await WriteAsync(reply, ExportLines.Default.ExportedReply, stopping);
        foreach (var address in await database.ReadAsync(ExportStore.Silences))
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

/// <summary>The line of a user.</summary>
internal sealed record ExportedPerson(
    [property: JsonIgnore] long Row, string Id, string? Subject, string? Email, bool EmailVerified, string? Name, string CreatedAt,
    string? BlockedAt, string? PageUrl, string? PageTitle, string? Referrer, string? UserAgent, string? Locale, string? TimeZone,
    string? Language, [property: JsonIgnore] string? StoredPages)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "user";

    public IReadOnlyList<PageView> Pages { get; } = PageView.Read(StoredPages);
}

/// <summary>The line of a chat.</summary>
internal sealed record ExportedChat(
    string Id, string UserId, string CreatedAt, long MessageCount, string? AdminViewedAt, string? UserReadAt, string? ArchivedAt,
    [property: JsonIgnore] string? StoredTags, string? AssigneeId, string? SnoozedUntil)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "chat";

    public IReadOnlyList<string> Tags { get; } = Chats.Tags.Read(StoredTags);
}

/// <summary>The line of a note.</summary>
internal sealed record ExportedNote(
    string Id, string ChatId, long AfterSeq, string AdminId, string AdminName, string Content, string CreatedAt)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "note";
}

/// <summary>The line of a conversation.</summary>
internal sealed record ExportedConversation(
    string ChatId, long FirstSeq, string BeganAt, string? PageUrl, long? ReplySeq, string? RepliedAt, string? ArchivedAt, string? Rating,
    string? RatingComment, string? RatedAt)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "conversation";
}

/// <summary>The line of a message.</summary>
internal sealed record ExportedMessage(
    string Id, string ChatId, long Seq, string? ClientId, string SenderType, string SenderId, string? SenderName, string Content,
    string? ReadAt, string CreatedAt, string Via, string? EditedAt, string? DeletedAt, [property: JsonIgnore] string? StoredFiles)
{
    public IReadOnlyList<Attachment> Attachments { get; init; } = [];

    [JsonPropertyOrder(-1)]
    public string Type { get; } = "message";
}

/// <summary>The line of a file that was uploaded and is in no message yet.</summary>
internal sealed record ExportedUpload(string ChatId, Attachment File)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "upload";
}

/// <summary>The line of a letter.</summary>
internal sealed record ExportedLetter(
    string Id, string ChatId, string Kind, string State, string? Recipient, long FirstSeq, long? LastSeq, string? Error,
    string CreatedAt, string? SettledAt)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "letter";
}

/// <summary>The line of an admin.</summary>
internal sealed record ExportedAdmin(string Id, string Email, string? Name, string CreatedAt)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "admin";
}

/// <summary>The line of a canned reply.</summary>
internal sealed record ExportedReply(string Id, string Shortcut, string Content, string CreatedAt)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "canned_reply";
}

/// <summary>The line of an address that gets no letters.</summary>
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
[JsonSerializable(typeof(ExportedUpload))]
[JsonSerializable(typeof(ExportedNote))]
[JsonSerializable(typeof(ExportedConversation))]
[JsonSerializable(typeof(ExportedLetter))]
[JsonSerializable(typeof(ExportedAdmin))]
[JsonSerializable(typeof(ExportedReply))]
[JsonSerializable(typeof(ExportedSilence))]
internal sealed partial class ExportLines : JsonSerializerContext;
