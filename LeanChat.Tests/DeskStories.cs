using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>What every story of the desk needs: two people who answer, and somebody who asks.</summary>
public abstract class DeskStories : IAsyncLifetime
{
    private protected const string Absent = "01890000-0000-7000-8000-000000000000";

    private protected static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private protected static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private protected static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private protected static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private protected LeanChatServer Server { get; private set; } = null!;

    private protected Admin Mia { get; private set; } = null!;

    private protected Admin Ben { get; private set; } = null!;

    private protected Visitor Jo { get; private set; } = null!;

    private protected virtual string[] Settings => [];

    public async Task InitializeAsync()
    {
        Server = await LeanChatServer.StartAsync(
            ["Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0", "IdentitySecret=" + Host.Secret, .. Settings]);
        Mia = await Server.AdminAsync();
        Ben = await Server.AdminAsync("ben@example.com", "Ben");
        Jo = await AskAsync("Hello?");
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>A new visitor who has written.</summary>
    private protected async Task<Visitor> AskAsync(string text)
    {
        var visitor = await Server.VisitorAsync();
        (await visitor.PostAsync(text)).Status.Should().Be(201);
        Server.Clock.Advance(TimeSpan.FromMilliseconds(10));
        return visitor;
    }

    /// <summary>The same chat in the list; null if the list does not show it.</summary>
    private protected async Task<JsonNode?> RowAsync(Visitor visitor, string query = "") =>
        (await Mia.ListAsync(query)).SingleOrDefault(row => (string)row!["id"]! == visitor.ChatId);

    private protected async Task<IEnumerable<string>> IdsAsync(string query, Admin? admin = null) =>
        (await (admin ?? Mia).ListAsync(query)).Select(row => (string)row!["id"]!);

    private protected Task<Reply> PutAsync(string path, object? body) => Mia.RequestAsync(HttpMethod.Put, path, body);

    private protected Task<Reply> DeleteAsync(string path, object? body = null) => Mia.RequestAsync(HttpMethod.Delete, path, body);

    private protected Task<Reply> PatchAsync(string path, object body) => Mia.RequestAsync(HttpMethod.Patch, path, body);

    /// <summary>Somebody whom the host application knows, on another device.</summary>
    private protected async Task<Visitor> KnownAsync(string subject) => await SignAsync(new Visitor(Server), subject);

    /// <summary>Signs in by a token of the host application: the chat so far joins the identified one.</summary>
    private protected async Task<Visitor> SignAsync(Visitor visitor, string subject)
    {
        var reply = await visitor.IdentifyAsync(new { token = Host.Sign(Host.Claims(Server.Clock, subject)) });
        reply.Status.Should().Be(200, reply.Text);
        return visitor;
    }
}
