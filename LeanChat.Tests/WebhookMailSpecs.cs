namespace LeanChat.Tests;

/// <summary>E-mails and webhooks: one that failed is told, and one tells that a webhook was turned off.</summary>
public sealed class WebhookMailSpecs : MailStories
{
    private HookReceiver _receiver = null!;

    private protected override async Task<string[]> SettingsAsync()
    {
        _receiver = await HookReceiver.StartAsync();
        return [.. Post.Settings, "Webhooks:AllowPrivate=true"];
    }

    private protected override async Task EndAsync() => await _receiver.DisposeAsync();

    [Fact]
    public async Task An_email_that_failed_is_told()
    {
        string[] events = ["letter.failed"];
        await Mia.PostAsync("/webhooks", new { url = _receiver.Url, events });
        Post.Mood = step => step.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 No such user" : null;
        await Mia.ReplyAsync(Jo.ChatId, "Are you there?");
        await PassAsync(5 * Minute);

        var heard = (await _receiver.HeardAsync(1))[0];
        heard.Type.Should().Be("letter.failed");
        ((string)heard.Data["chat_id"]!).Should().Be(Jo.ChatId);
        ((string)heard.Data["user_id"]!).Should().Be(Jo.UserId);
        ((string)heard.Data["reason"]!).Should().Contain("5.1.1");
    }

    [Fact]
    public async Task A_webhook_that_was_turned_off_is_told_by_email()
    {
        string[] events = ["message.created"];
        await Mia.PostAsync("/webhooks", new { url = _receiver.Url, events });
        _receiver.Answer(410);
        await Mia.ReplyAsync(Jo.ChatId, "Hello");

        var letter = await Post.ReceiveAsync();
        letter.To.Should().Equal("mia@example.com");
        letter.Subject.Should().Be("A webhook of Shop was turned off");
        letter.Text.Should().Contain("127.0.0.1 answered that it wants no more events (410).");
    }
}
