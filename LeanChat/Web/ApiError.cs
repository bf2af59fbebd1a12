using LeanChat.Storage;

namespace LeanChat.Web;

/// <summary>An expected error: its code in the API, its HTTP status and a sentence that a person can act on.</summary>
internal sealed record ApiError(int Status, string Code, string Message, TimeSpan? RetryAfter = null)
{
    public static readonly ApiError Unauthorized = new(401, "unauthorized", "Sign in again: this session is unknown or has ended.");
    public static readonly ApiError Forbidden = new(403, "forbidden", "You are not allowed to do this.");
    public static readonly ApiError CrossSite = new(403, "forbidden", "A change with a cookie must come from this server's own pages.");
    public static readonly ApiError Blocked = new(403, "forbidden", "You can no longer write here.");
    public static readonly ApiError NotFound = new(404, "not_found", "There is nothing at this address.");
    public static readonly ApiError MethodNotAllowed = new(405, "method_not_allowed", "This address does not accept that method.");
    public static readonly ApiError ClientIdConflict =
        new(409, "client_id_conflict", "Another message was already sent with this client_id.");
    public static readonly ApiError TooLarge = new(413, "too_large", "This is too large. Send less at once.");
    public static readonly ApiError EmptyContent = new(422, "empty_content", "Write something first.");
    public static readonly ApiError FilesOff = new(403, "forbidden", "Files cannot be sent here.");
    public static readonly ApiError EmptyFile = new(422, "empty_content", "This file is empty.");
    public static readonly ApiError UnsupportedType = new(415, "unsupported_type", "Files of this kind cannot be sent here.");
    public static readonly ApiError VirusFound = new(415, "unsupported_type", "A virus was found in this file.");
    public static readonly ApiError UnknownAttachment =
        new(422, "unknown_attachment", "One of these files cannot be sent. Attach it again.");
    public static readonly ApiError FilesFull = new(507, "storage_full", "There is no room left for files.");
    public static readonly ApiError NotScanned =
        new(503, "overloaded", "This file could not be checked for viruses. Try again later.", TimeSpan.FromSeconds(30));
    public static readonly ApiError UpgradeRequired =
        new(426, "upgrade_required", "This address accepts only WebSocket connections (RFC 6455, version 13).");
    public static readonly ApiError ServerError = new(500, "server_error", "Something went wrong on the server. Try again.");
    public static readonly ApiError Overloaded =
        new(503, "overloaded", "The server is busy. Try again in a moment.", TimeSpan.FromSeconds(10));
    public static readonly ApiError StorageFull = new(507, "storage_full", "The server's disk is full, so nothing was stored.");
    public static readonly ApiError UnknownAction = new(400, "unknown_action", "This action does not exist.");

    /// <summary>For a page of our own whose origin does not match because a proxy changes how the server is reached.</summary>
    /// <param name="own">What the server considers its own origin; null if that is another host, which stays secret.</param>
    public static ApiError OtherOrigin(string opened, string? own)
    {
        var fix = own is null ? "pass on Host"
            : opened.Split(':')[0] == own.Split(':')[0] ? "pass on Host with its port"
            : "send X-Forwarded-Proto";
        var thinks = own is null ? ", but the server does not know that address" : $" but the server thinks it is {own}";
        return new(403, "forbidden", $"This page was opened as {opened}{thinks}. Set PublicUrl, or let the proxy {fix}.");
    }

    public static ApiError Of(StorageException e) => e.Failure == StorageFailure.Full ? StorageFull : Overloaded;

    public static ApiError BadRequest(string message) => new(400, "bad_request", message);

    public static ApiError Conflict(string message) => new(409, "conflict", message);

    public static ApiError ContentTooLong(int limit) => new(422, "content_too_long", $"A message can have at most {limit} characters.");

    public static ApiError FileTooLarge(long bytes) =>
        new(413, "too_large", $"A file can have at most {bytes / 1048576.0:0.#} MB.");

    public static ApiError TooManyFiles(TimeSpan retryAfter) =>
        new(429, "too_many_requests", "You have sent too many files today. Try again later.", retryAfter);

    public static ApiError TooManyRequests(TimeSpan retryAfter) =>
        new(429, "too_many_requests", "Too many requests. Try again a little later.", retryAfter);
}
