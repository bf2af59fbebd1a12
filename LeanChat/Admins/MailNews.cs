using System.Text.Json;
using System.Threading.Channels;
using LeanChat.Background;
using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>Tells every dashboard when there is something new about the mail. Looks by itself as well: a silence ends by time.</summary>
internal sealed class MailNews(AdminMail mail, Outbox outbox, Hub hub, TimeProvider clock, ILogger<MailNews> log) : BackgroundLoop(log)
{
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    private readonly Channel<bool> _bell =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private string? _told;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        outbox.TroubleChanged += Ring;
        try
        {
            while (true)
            {
                await TellAsync();
                await WaitAsync(stopping);
            }
        }
        finally
        {
            outbox.TroubleChanged -= Ring;
        }
    }

    private void Ring() => _bell.Writer.TryWrite(true);

    private async Task TellAsync()
    {
        var status = await mail.ReadAsync();
        var now = JsonSerializer.Serialize(status, AdminJson.Strict.MailStatus);
        if (_told is not null && _told != now)
            hub.Publish(Presence.AdminTopic, JsonFrames.Of(
                new MailFrame("mail", status.Sending, status.Receiving, status.Silent, status.Untaken), AdminJson.Strict.MailFrame));
        _told = now;
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await await Task.WhenAny(_bell.Reader.ReadAsync(over.Token).AsTask(), Task.Delay(Look, clock, over.Token));
        await over.CancelAsync();
    }
}
