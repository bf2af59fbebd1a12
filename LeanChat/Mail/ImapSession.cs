using LeanChat.Configuration;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MimeKit;

namespace LeanChat.Mail;

/// <summary>An open folder of the mailbox. Every method throws <see cref="MailboxException"/> when the server fails.</summary>
internal sealed class ImapSession : IDisposable
{
    /// <summary>Headers are read for this many mails at once.</summary>
    public const int BatchSize = 200;

    /// <summary>A larger mail is not read.</summary>
    public const long LargestMail = 60_000_000;

    /// <summary>Servers end an IDLE after half an hour, and routers forget a silent connection sooner (RFC 2177).</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(9);

    /// <summary>How often to ask a server that cannot IDLE.</summary>
    private static readonly TimeSpan PollTime = TimeSpan.FromMinutes(1);

    private static readonly string[] HeaderNames =
    [
        "Message-ID", "In-Reply-To", "References", "From", "To", "Cc", "Delivered-To", "X-Original-To", "Auto-Submitted", "Return-Path",
        "Precedence", "List-Id", "X-Auto-Response-Suppress", "Content-Type",
    ];

    private readonly ImapClient _client;
    private readonly IMailFolder _folder;
    private readonly TimeProvider _clock;
    private readonly Settings _settings;
    private CancellationTokenSource? _idle;
    private volatile bool _grown;

    public ImapSession(ImapClient client, IMailFolder folder, string name, TimeProvider clock, Settings settings)
    {
        (_client, _folder, Name, _clock, _settings) = (client, folder, name, clock, settings);
        // Raised while a command runs: nothing may be fetched here, so the IDLE is ended instead.
        folder.CountChanged += (_, _) =>
        {
            _grown = true;
            _idle?.Cancel();
        };
    }

    /// <summary>User, host and folder.</summary>
    public string Name { get; }

    public long UidValidity => _folder.UidValidity;

    /// <summary>The numbers of the mails after one, in order.</summary>
    public Task<IReadOnlyList<UniqueId>> FindAfterAsync(long uid, CancellationToken stopping) =>
        GuardAsync<IReadOnlyList<UniqueId>>(async () =>
        {
            _grown = false;
            await _client.NoOpAsync(stopping);
            // A range that ends with * always holds the newest mail, even if its number is lower than the first (RFC 3501 §6.4.8).
            var range = new UniqueIdRange(new UniqueId((uint)_folder.UidValidity, (uint)uid + 1), UniqueId.MaxValue);
            var found = await _folder.SearchAsync(SearchQuery.Uids(range).And(SearchQuery.NotDeleted), stopping);
            return [.. found.Where(each => each.Id > uid).OrderBy(each => each.Id)];
        }, stopping);

    /// <summary>The numbers of the mails that arrived since a day, in order; null: of all mails.</summary>
    public Task<IReadOnlyList<UniqueId>> FindSinceAsync(DateTimeOffset? day, CancellationToken stopping) =>
        GuardAsync<IReadOnlyList<UniqueId>>(async () =>
        {
            _grown = false;
            // The day that the server means may begin hours earlier than ours.
            var query = day is { } since
                ? SearchQuery.DeliveredAfter(since.UtcDateTime.Date.AddDays(-1)).And(SearchQuery.NotDeleted)
                : SearchQuery.NotDeleted;
            var found = await _folder.SearchAsync(query, stopping);
            return [.. found.OrderBy(each => each.Id)];
        }, stopping);

    /// <summary>The headers of some mails, at most <see cref="BatchSize"/>.</summary>
    public Task<IReadOnlyList<MailSummary>> ReadHeadersAsync(IReadOnlyList<UniqueId> uids, CancellationToken stopping) =>
        GuardAsync<IReadOnlyList<MailSummary>>(async () =>
        {
            var request = new FetchRequest(
                MessageSummaryItems.UniqueId | MessageSummaryItems.Flags | MessageSummaryItems.Size, HeaderNames);
            var found = await _folder.FetchAsync([.. uids], request, stopping);
            return [.. found.Where(each => each.Headers is not null).OrderBy(each => each.UniqueId.Id).Select(each => new MailSummary(
                each.UniqueId, IncomingMail.Read(each.Headers!), each.Size ?? 0, each.Flags?.HasFlag(MessageFlags.Seen) ?? false))];
        }, stopping);

    /// <summary>A whole mail, as its bytes; null if it is gone.</summary>
    public Task<Stream?> ReadAsync(UniqueId uid, CancellationToken stopping) => GuardAsync<Stream?>(async () =>
    {
        try
        {
            return await _folder.GetStreamAsync(uid, stopping);
        }
        catch (MessageNotFoundException)
        {
            // Deleted in the meantime by somebody who reads the mailbox too.
            return null;
        }
    }, stopping);

    public Task MarkSeenAsync(UniqueId uid, CancellationToken stopping) => GuardAsync(async () =>
    {
        await _folder.StoreAsync(uid, new StoreFlagsRequest(StoreAction.Add, MessageFlags.Seen) { Silent = true }, stopping);
        return true;
    }, stopping);

    /// <summary>Waits until there may be new mail: IDLE, or one minute where the server cannot.</summary>
    /// <param name="most">No longer than this.</param>
    /// <param name="wake">Ends the wait without an exception.</param>
    /// <param name="stopping">Ends it with one.</param>
    public async Task WaitAsync(TimeSpan most, CancellationToken wake, CancellationToken stopping)
    {
        var canIdle = _client.Capabilities.HasFlag(ImapCapabilities.Idle);
        var longest = canIdle ? IdleTime : PollTime;
        using var time = new CancellationTokenSource(most < longest ? most : longest, _clock);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(time.Token, wake);
        _idle = done;
        try
        {
            if (_grown)
                return;
            if (canIdle)
            {
                await GuardAsync(async () =>
                {
                    await _client.IdleAsync(done.Token, stopping);
                    return true;
                }, stopping);
            }
            else
                await Task.Delay(Timeout.Infinite, done.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            _idle = null;
        }

        stopping.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        _idle = null;
        _client.Dispose();
    }

    private Task<T> GuardAsync<T>(Func<Task<T>> act, CancellationToken stopping) => Imap.GuardAsync(_settings, act, stopping);
}

/// <summary>A mail in the folder, known by its headers.</summary>
internal sealed record MailSummary(UniqueId Uid, IncomingMail Mail, long Size, bool Seen);
