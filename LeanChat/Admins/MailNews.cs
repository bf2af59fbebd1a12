using System.Text.Json;
using System.Threading.Channels;
using LeanChat.Background;
using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>
/// Tells every dashboard when the state of the e-mail changes. Also checks on a timer, because a silenced address may expire.
/// </summary>
internal sealed class MailNews(
    AdminMail mail, Outbox outbox, MailboxState mailbox, Hub hub, TimeProvider clock, ILogger<MailNews> log) : BackgroundLoop(log)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(1);

    private readonly Channel<bool> _signal =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private string? _lastSent;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        outbox.TroubleChanged += Signal;
        mailbox.Changed += Signal;
        try
        {
            while (true)
            {
                await PublishChangeAsync();
                await WaitAsync(stopping);
            }
        }
        finally
        {
            outbox.TroubleChanged -= Signal;
            mailbox.Changed -= Signal;
        }
    }

    private void Signal() => _signal.Writer.TryWrite(true);

    private async Task PublishChangeAsync()
    {
        var status = await mail.ReadAsync();
        var now = JsonSerializer.Serialize(status, AdminJson.Strict.MailStatus);
        if (_lastSent is not null && _lastSent != now)
            hub.Publish(Presence.AdminTopic, JsonFrames.Of(
                new MailFrame("mail", status.Sending, status.Receiving, status.Silent, status.Untaken, status.Test),
                AdminJson.Strict.MailFrame));
        _lastSent = now;
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await await Task.WhenAny(_signal.Reader.ReadAsync(over.Token).AsTask(), Task.Delay(CheckInterval, clock, over.Token));
        await over.CancelAsync();
    }
}
