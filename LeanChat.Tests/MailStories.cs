using LeanChat.Mail;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>What every story of the mail needs: a mail server, somebody who answers, somebody with an address.</summary>
public abstract class MailStories : IAsyncLifetime
{
    private protected static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private protected static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private protected static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private protected MailServer Post { get; private set; } = null!;

    private protected LeanChatServer Server { get; set; } = null!;

    private protected Admin Mia { get; set; } = null!;

    private protected Visitor Jo { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Post = MailServer.Start();
        Server = await LeanChatServer.StartAsync(await SettingsAsync());
        Mia = await Server.AdminAsync();
        Jo = await NewVisitorAsync("jo@example.org");
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        await Post.DisposeAsync();
        await EndAsync();
    }

    /// <summary>The server's settings.</summary>
    private protected virtual Task<string[]> SettingsAsync() => Task.FromResult(Post.Settings);

    /// <summary>Ends what a derived story has started.</summary>
    private protected virtual Task EndAsync() => Task.CompletedTask;

    private protected async Task<Visitor> NewVisitorAsync(string? email)
    {
        var visitor = await Server.VisitorAsync();
        if (email is not null)
            (await visitor.IdentifyAsync(new { email })).Status.Should().Be(200);
        return visitor;
    }

    /// <summary>The widget says where the visitor is, and in which language it speaks.</summary>
    private protected async Task BrowseAsync(
        Visitor visitor, string? language = null, string? locale = null, string url = "https://shop.example/mugs", string title = "Mugs",
        string timeZone = "Asia/Tokyo")
    {
        await using (var widget = await visitor.OpenAsync())
        {
            await widget.SayAsync(new { action = "page", url, title, locale, time_zone = timeZone, language });
            await widget.SettleAsync();
        }

        await ExecuteAsync($"update users set language = nullif('{language}', '') where id = '{visitor.UserId}'");
    }

    /// <summary>Changes the database as nobody from outside could.</summary>
    private protected Task<int> ExecuteAsync(string sql) => Server.Database.WriteAsync(tx =>
    {
        using var command = tx.Connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    });

    /// <summary>The letter that tells the visitor of these replies.</summary>
    private protected async Task<Mail> LetterAsync(params string[] replies)
    {
        foreach (var reply in replies)
            (await Mia.ReplyAsync(Jo.ChatId, reply)).Status.Should().Be(201);
        await PassAsync(5 * Minute);
        return await Post.ReceiveAsync();
    }

    /// <summary>Turns the clock, then lets the mailer do what is due by now.</summary>
    private protected async Task PassAsync(TimeSpan time, bool idle = true)
    {
        Server.Clock.Advance(time);
        if (idle)
            await IdleAsync();
    }

    /// <summary>Waits until nothing due is left: there is no other sign of a letter that was rightly not sent.</summary>
    private protected async Task IdleAsync()
    {
        var mailer = Server.Get<IEnumerable<Microsoft.Extensions.Hosting.IHostedService>>().OfType<Mailer>().Single();
        await Eventually.IsTrueAsync(async () =>
        {
            var now = UtcText.Of(Server.Clock.GetUtcNow());
            var due = await Server.QueryAsync(
                $"select id from letters where state = 'waiting' and due_at <= '{now}' "
                + $"union all select id from admin_letters where due_at <= '{now}'");
            return due.Length == 0 && mailer.Asleep;
        });
    }
}
