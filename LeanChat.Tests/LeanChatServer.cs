using System.Net;
using LeanChat.Admins;
using LeanChat.Cli;
using LeanChat.Live;
using LeanChat.Proof;
using LeanChat.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LeanChat.Tests;

/// <summary>
/// The real server on a port of its own, with a database file of its own and a clock that we turn by hand. With LEANCHAT_BINARY it
/// is that program in a process of its own: then the clock is the world's, and stories that must look inside are skipped.
/// </summary>
internal sealed class LeanChatServer : IAsyncDisposable
{
    private readonly string[] _settings;
    private readonly FakeTimeProvider _clock;
    private WebApplication? _app;
    private Running? _child;
    private Admin? _first;

    private LeanChatServer(string directory, string[] settings, FakeTimeProvider clock) =>
        (Directory, _settings, _clock) = (directory, settings, clock);

    public string Directory { get; }

    public FakeTimeProvider Clock => Running.Binary is null ? _clock : throw new InProcessOnlyException("it turns the clock");

    public Uri Address { get; private set; } = null!;

    /// <summary>Our own origin, as a browser would say it.</summary>
    public string Origin => Address.GetLeftPart(UriPartial.Authority);

    public string? SetupToken { get; private set; }

    public Database Database => App.Services.GetRequiredService<Database>();

    public Hub Hub => App.Services.GetRequiredService<Hub>();

    public IServiceProvider Services => App.Services;

    private WebApplication App => _app ?? throw new InProcessOnlyException("it looks inside the server");

    public T Get<T>()
        where T : notnull => App.Services.GetRequiredService<T>();

    /// <summary>Starts a server; settings as `Limits:Sockets=5`, without the leading `LeanChat:`.</summary>
    public static Task<LeanChatServer> StartAsync(params string[] settings) =>
        StartInAsync(System.IO.Directory.CreateTempSubdirectory("leanchat-").FullName, settings);

    /// <summary>Starts a server on what lies in a folder, which goes with it.</summary>
    public static async Task<LeanChatServer> StartInAsync(string directory, params string[] settings)
    {
        var server = new LeanChatServer(
            directory, settings, new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero)));
        await server.RunAsync($"http://127.0.0.1:{Ports.Free()}");
        return server;
    }

    /// <summary>Stops and starts again: same database, same port.</summary>
    public async Task RestartAsync(bool stopped = false)
    {
        if (!stopped)
            await StopAsync();
        await StartAgainAsync();
    }

    /// <summary>Starts what was stopped: same database, same port.</summary>
    public Task StartAgainAsync() => RunAsync(Origin);

    public async Task StopAsync()
    {
        if (_child is not null)
        {
            (await _child.StopAsync()).Should().Be(0, _child.Said);
            await _child.DisposeAsync();
            return;
        }

        await App.StopAsync();
        await App.DisposeAsync();
    }

    private async Task RunAsync(string url)
    {
        if (Running.Binary is not null)
        {
            // It tells its public address, which may be another: we choose where it listens.
            Address = new Uri(url);
            _child = await Running.StartInAsync(
                Directory, ["--data", Directory, "--urls", Origin, .. _settings.Select(setting => "--LeanChat:" + setting)]);
            SetupToken = System.Text.RegularExpressions.Regex.Match(_child.Said, @"/admin#setup=(\S+)") is { Success: true } link
                ? link.Groups[1].Value
                : null;
            return;
        }

        _app = Program.Build(
            new ServeOptions(Directory, url, [.. _settings.Select(setting => "--LeanChat:" + setting)], Directory), _clock);
        SetupToken = await _app.Services.GetRequiredService<AdminSignIn>().OfferSetupAsync();
        await _app.StartAsync();
        Address = new Uri(_app.Urls.First());
    }

    /// <summary>A visitor with a new session.</summary>
    public async Task<Visitor> VisitorAsync() => await new Visitor(this).ArriveAsync();

    /// <summary>A signed-in admin: the first by the set-up link, later ones by the command line's way.</summary>
    public async Task<Admin> AdminAsync(string email = "mia@example.com", string? name = "Mia")
    {
        if (_first is not null && _child is not null)
            (await _first.PostAsync("/admins", new { email, password = Admin.Password, name })).Status.Should().BeLessThan(300);
        else if (_child is null && await Database.ReadAsync(People.AdminStore.Any))
            (await Get<AdminSignIn>().AddAsync(new NewAdminBody(email, Admin.Password, name))).Is(out _, out var error)
                .Should().BeTrue(error?.Message);
        else
            return _first = await new Admin(this, email).SetUpAsync(SetupToken!, name);
        return await new Admin(this, email).SignInAsync();
    }

    /// <summary>The address of a socket.</summary>
    public Uri Socket(string path) => new(Origin.Replace("http", "ws", StringComparison.Ordinal) + path);

    /// <summary>Asks for an upgrade and tells the answer: 101, or a refusal with its body.</summary>
    public async Task<Reply> KnockAsync(string path, params (string Name, string Value)[] headers)
    {
        using var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        (string, string)[] upgrade =
        [
            ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        foreach (var (name, value) in upgrade.Concat(headers))
            request.Headers.TryAddWithoutValidation(name, value).Should().BeTrue();
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
            return await response.ReplyAsync();
        response.Dispose();
        return new Reply(101, null, "", response);
    }

    /// <summary>A plain HTTP client of nobody in particular; it keeps no cookies and follows no redirects.</summary>
    public HttpClient Client() =>
        new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None })
        {
            BaseAddress = Address,
        };

    /// <summary>A request of nobody in particular, with exactly these headers.</summary>
    public async Task<Reply> AskAsync(HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var client = Client();
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = body as HttpContent ?? Wire.Body(body);
        return await (await client.SendAsync(request)).ReplyAsync();
    }

    /// <summary>What the database itself says: every row of a query as text, its columns joined by `|`, null as nothing.</summary>
    public async Task<string[]> QueryAsync(string sql)
    {
        if (_child is null)
            return await Database.ReadAsync(connection => Query(connection, sql));
        using var beside = new Microsoft.Data.Sqlite.SqliteConnection(
            $"Data Source={Path.Combine(Directory, "leanchat.db")};Mode=ReadOnly;Pooling=False");
        beside.Open();
        return Query(beside, sql);
    }

    private static string[] Query(System.Data.Common.DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var rows = command.ExecuteReader();
        var all = new List<string>();
        while (rows.Read())
            all.Add(string.Join('|', Enumerable.Range(0, rows.FieldCount).Select(
                column => Convert.ToString(rows[column], System.Globalization.CultureInfo.InvariantCulture))));
        return [.. all];
    }

    /// <summary>Every byte of the database and its log, as text to be searched.</summary>
    public string OnDisk() => string.Concat(System.IO.Directory.GetFiles(Directory).Where(
        file => !file.EndsWith(".lock", StringComparison.Ordinal)).Select(file =>
    {
        using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        open.CopyTo(bytes);
        return System.Text.Encoding.Latin1.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }));

    /// <summary>What an admin is told agrees with what was said, and what was said is in order.</summary>
    public async Task AuditAsync(Admin admin, string story = "")
    {
        var told = (await admin.ListAsync()).Concat(await admin.ListAsync("?archived=true"))
            .Select(row => string.Join(
                '|', row!["id"], row["unread_count"], (bool)row["unread"]! ? 1 : 0, row["message_count"], row["last_message_at"],
                row["last_message_preview"], row["last_message_sender"]));
        var counted = await QueryAsync(
            """
            select c.id, c.unread, c.unread > 0, c.messages, m.created_at, m.content, m.sender_type from (
              select row, id,
                (select count(*) from support_messages u where u.chat = support_chats.row
                  and u.sender_type = 'user' and u.created_at > coalesce(admin_viewed_at, '')) as unread,
                (select count(*) from support_messages a where a.chat = support_chats.row) as messages,
                (select max(seq) from support_messages l where l.chat = support_chats.row) as newest
              from support_chats) c
            join support_messages m on m.chat = c.row and m.seq = c.newest
            """);
        told.Should().BeEquivalentTo(counted, story);
        (await QueryAsync("select chat from support_messages group by chat having count(*) <> max(seq) or min(seq) <> 1"))
            .Should().BeEmpty("seq has no gaps");
        (await QueryAsync(
            """
            select a.id from support_messages a join support_messages b on b.chat = a.chat and b.seq = a.seq + 1
            where b.created_at <= a.created_at
            """)).Should().BeEmpty("time rises with seq");
        (await QueryAsync("select id from support_messages where read_at < created_at"))
            .Should().BeEmpty("nothing is read before it is said");
        (await QueryAsync(
            """
            select c.id, m.seq from support_messages m join support_chats c on c.row = m.chat
            where m.seq > iif(m.sender_type = 'user', c.last_user_seq, c.last_admin_seq)
              or (m.read_at is null) <> (m.seq > iif(m.sender_type = 'user', c.admin_read_up_to, c.user_read_up_to))
            """)).Should().BeEmpty("what is unseen lies between the newest that was seen and the newest of that side");
        (await QueryAsync("select id from support_chats where last_seq <> message_count"))
            .Should().BeEmpty("nothing in a chat is ever deleted");
        (await QueryAsync("select id from support_chats where unread < (unread_count > 0)"))
            .Should().BeEmpty("the index of unread chats knows which they are");
        (await QueryAsync("pragma foreign_key_check")).Should().BeEmpty();
        // On a connection of its own: one that has searched before would check against what it remembers of the index.
        using var fresh = new Microsoft.Data.Sqlite.SqliteConnection(
            $"Data Source={Path.Combine(Directory, "leanchat.db")};Mode=ReadOnly;Pooling=False");
        fresh.Open();
        using var check = fresh.CreateCommand();
        check.CommandText = "pragma integrity_check";
        check.ExecuteScalar().Should().Be("ok");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
