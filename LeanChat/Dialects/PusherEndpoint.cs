using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace LeanChat.Dialects;

/// <summary>
/// /app/:key: the chat as pusher-js and Laravel Echo hear it (Pusher protocol 7), and the routes that authorize its private channels.
/// </summary>
internal sealed partial class PusherEndpoint(
    DialectAcceptor acceptor, ChatConnections with, PusherSignature signature, ILogger<PusherEndpoint> log)
{
    public Task ServeAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        return acceptor.ServeAsync(
            context,
            (socket, mailbox) => new PusherConnection(with, mailbox, caller, socket.Share(), signature, log).RunAsync(socket));
    }

    /// <summary>POST /pusher/auth and /broadcasting/auth: a form with `socket_id` and `channel_name`.</summary>
    public async Task AuthorizeAsync(HttpContext context)
    {
        var session = Caller.KnownSessionOf(context);
        if (!(await ApiResponse.ReadBytesAsync(context, with.Settings.Value.Limits)).Is(out var body, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        var (socketId, channel) = Read(body);
        if (!PusherConnection.IsSocketId(socketId) || channel.Length == 0)
            await ApiResponse.Refuse(context, ApiError.BadRequest("`socket_id` and `channel_name` are missing, as a form."));
        else if (await with.Commands.OpenAsync(session.UserId!) is not { UserBlockedAt: null } chat
            || PusherConnection.ChatOf(channel) != (chat.Id, true))
            await ApiResponse.Refuse(context, ApiError.Forbidden);
        else
            await ApiResponse.Json(
                context, new PusherAuth(await signature.SignAsync(socketId, channel, session.Key)), DialectJson.Strict.PusherAuth);
    }

    /// <summary>The two fields of the form; empty where they are missing.</summary>
    private static (string SocketId, string Channel) Read(byte[] body)
    {
        try
        {
            var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body));
            return (form.GetValueOrDefault("socket_id").ToString(), form.GetValueOrDefault("channel_name").ToString());
        }
        catch (InvalidDataException)
        {
            // Too many fields, or too long ones: no client of Pusher sends that.
            return ("", "");
        }
    }
}

/// <summary>
/// What /pusher/auth gives a client to show on its socket: it holds for that socket, that channel and that session, on every server that
/// has this database.
/// </summary>
internal sealed class PusherSignature(CurrentSettings settings)
{
    private const string Key = "leanchat:";

    private byte[]? _secret;

    public async ValueTask<string> SignAsync(string socketId, string channel, string sessionKey)
    {
        var secret = _secret ??= Convert.FromHexString(settings.StoredSecret("Pusher") ?? await settings.SecretAsync("Pusher"));
        var signed = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{socketId}\n{channel}\n{sessionKey}"));
        return Key + sessionKey[Session.KeyPrefix.Length..] + "." + Convert.ToHexStringLower(signed);
    }

    /// <summary>The key of the session that this was signed for; null: it was not, or for another socket or channel.</summary>
    public async ValueTask<string?> CheckAsync(string socketId, string channel, string? auth)
    {
        if (auth?.Split('.', ':') is not [_, var hash, _])
            return null;
        var key = Session.KeyPrefix + hash;
        var right = Encoding.UTF8.GetBytes(await SignAsync(socketId, channel, key));
        return CryptographicOperations.FixedTimeEquals(right, Encoding.UTF8.GetBytes(auth)) ? key : null;
    }
}
