using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Web;

namespace LeanChat.Dialects;

/// <summary>One connection of /app/:key.</summary>
internal sealed class PusherConnection(
    ChatConnections with, Mailbox mailbox, Caller caller, SharedConnection connection, PusherSignature signature, ILogger log)
{
    private const int MaxMalformed = 3;

    private readonly SubscriptionSet _subscriptions = new(with, mailbox, connection, log);
    private readonly string _socketId = string.Create(CultureInfo.InvariantCulture, $"{NewNumber()}.{NewNumber()}");
    private int _malformed;

    /// <summary>The chat that a channel is about, and whether the channel is private; null: it is no channel of ours.</summary>
    public static (string ChatId, bool IsPrivate)? ChatOf(string channel) =>
        channel.StartsWith("private-support-chat.", StringComparison.Ordinal) ? (channel["private-support-chat.".Length..], true)
        : channel.StartsWith("private-support-chat-", StringComparison.Ordinal) ? (channel["private-support-chat-".Length..], true)
        : channel.StartsWith("support-chat-", StringComparison.Ordinal) ? (channel["support-chat-".Length..], false)
        : null;

    /// <summary>Two numbers with a dot between them.</summary>
    public static bool IsSocketId(string text) =>
        text.Length <= 64 && text.Split('.') is [{ Length: > 0 } one, { Length: > 0 } other] && (one + other).All(char.IsAsciiDigit);

    /// <summary>Runs the connection until it ends.</summary>
    public async Task RunAsync(WebSocketLoop socket)
    {
        mailbox.Post(PusherEncoder.Message(
            "pusher:connection_established", $$"""{"socket_id":"{{_socketId}}","activity_timeout":120}"""));
        try
        {
            await socket.RunAsync(ReceiveAsync, encoder: new PusherEncoder(connection));
        }
        finally
        {
            await _subscriptions.CloseAllAsync();
        }
    }

    private static int NewNumber() => RandomNumberGenerator.GetInt32(int.MaxValue);

    private ValueTask ReceiveAsync(ReadOnlyMemory<byte> message)
    {
        if (StrictJson.TryRead(message, DialectJson.Strict.PusherEvent) is not { Event: { } name } sent)
            return Malformed();
        switch (name)
        {
            case "pusher:ping":
                mailbox.Post(PusherEncoder.Message("pusher:pong", "{}"));
                return default;
            case "pusher:pong":
                return default;
            case "pusher:subscribe":
            case "pusher:unsubscribe":
                if (Read(sent.Data) is not { Channel: { } channel } wanted)
                    return Malformed();
                if (name == "pusher:subscribe")
                    return SubscribeAsync(channel, wanted.Auth);
                _subscriptions.Close(channel);
                return default;
            default:
                // Client events would pass by the database, and what is not stored was not said.
                mailbox.Post(PusherEncoder.Error("4301", "Client events are not passed on. Send messages over HTTP."));
                return default;
        }
    }

    private static PusherSubscription? Read(JsonElement? data) => data is { ValueKind: JsonValueKind.Object } value
        ? StrictJson.TryRead(Encoding.UTF8.GetBytes(value.GetRawText()), DialectJson.Strict.PusherSubscription)
        : null;

    private ValueTask Malformed()
    {
        mailbox.Post(PusherEncoder.Error(null, "This is no event of the protocol."));
        if (++_malformed >= MaxMalformed)
            mailbox.End(CloseReason.Malformed);
        return default;
    }

    private ValueTask SubscribeAsync(string channel, string? auth)
    {
        if (_subscriptions.Has(channel))
            return default;
        if (ChatOf(channel) is not var (chatId, isPrivate) || _subscriptions.IsFull)
        {
            mailbox.Post(PusherEncoder.Refusal(channel));
            return default;
        }

        return _subscriptions.OpenAsync(channel, new PusherChannelEncoder(channel), async part =>
        {
            var client = with.New(part, chatId, null, _subscriptions.Presence);
            var session = !isPrivate ? caller.Session
                : await signature.CheckAsync(_socketId, channel, auth) is { } key ? with.Sessions.FindByKey(key)
                : null;
            return (client, session is null ? ApiError.Unauthorized : await client.JoinAsync(session));
        });
    }
}
