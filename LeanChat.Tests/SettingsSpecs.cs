using System.Text.Json.Nodes;
using LeanChat.Cli;
using LeanChat.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Tests;

/// <summary>What the owner may turn, what stops the start, and what is in force.</summary>
public sealed class SettingsSpecs : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("leanchat-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("IdentitySecret", "too short to be a secret")]
    [InlineData("PublicUrl", "chat.example.com")]
    [InlineData("PublicUrl", "ftp://chat.example.com")]
    [InlineData("PublicUrl", "javascript:alert(1)")]
    [InlineData("PublicUrl", "https://user:password@chat.example.com")]
    [InlineData("SiteUrl", "https://shop.example/#chat")]
    [InlineData("SiteUrl", "/shop")]
    [InlineData("AllowedOrigins", "shop.example")]
    [InlineData("AllowedOrigins", "*")]
    [InlineData("AllowedOrigins", "https://shop.example/chat")]
    [InlineData("AllowedOrigins", "https://shop.example,other.example")]
    [InlineData("TrustedProxies", "localhost")]
    [InlineData("TrustedProxies", "10.0.0.0/33")]
    [InlineData("TrustedProxies", "10.0.0.1,proxy")]
    [InlineData("MetricsFor", "everybody")]
    [InlineData("Widget:Color", "blue")]
    [InlineData("Widget:Color", "#12345")]
    [InlineData("Widget:Color", "#1F5FBF;background:red")]
    [InlineData("Widget:Color", "")]
    [InlineData("Widget:Position", "middle")]
    [InlineData("Widget:Locale", "the language of Shakespeare")]
    [InlineData("Widget:HideWhenAway", "perhaps")]
    [InlineData("Hours:Open", "whenever")]
    [InlineData("Hours:Open", "Mon-Fri 9-5")]
    [InlineData("Hours:Open", "Mon-Fry 09:00-17:00")]
    [InlineData("Hours:TimeZone", "Mars/Olympus")]
    [InlineData("Mail:From", "nobody")]
    [InlineData("Mail:Smtp:Port", "0")]
    [InlineData("Mail:Smtp:Port", "65536")]
    [InlineData("Mail:Smtp:Port", "smtp")]
    [InlineData("Mail:Smtp:Security", "ssl3")]
    [InlineData("Mail:Delay", "5 minutes")]
    [InlineData("Mail:Delay", "-00:05:00")]
    [InlineData("Mail:Delay", "00:00:00")]
    [InlineData("Mail:Delay", "300")]
    [InlineData("Mail:Delay", "00:99:00")]
    [InlineData("Retention:ArchivedDays", "-1")]
    [InlineData("Retention:EmptyDays", "a week")]
    [InlineData("Limits:ContentLength", "5,000")]
    [InlineData("Limits:ContentLength", "")]
    [InlineData("Limits:FrameBytes", "64k")]
    [InlineData("Limits:MessagesPerMinute", "1.5")]
    [InlineData("Limits:Sockets", "99999999999")]
    [InlineData("Limits:FrameTime", "10")]
    [InlineData("Attachments:Scan", "127.0.0.1:99999")]
    [InlineData("Attachments:Scan", "clamd:0")]
    public void A_value_that_cannot_be_used_stops_the_start(string key, string value)
    {
        var start = () => Build($"--LeanChat:{key}={value}");

        var refused = start.Should().Throw<SettingsException>().Which;
        refused.Message.Should().StartWith("LeanChat:" + key + " ").And.NotContain("\n");
        if (key == "IdentitySecret")
            refused.Message.Should().NotContain(value, "a secret is not printed");
        else
            refused.Message.Should().Contain($"\"{value}\"");
        File.Exists(Path.Combine(_directory, "leanchat.db")).Should().BeFalse("nothing was begun");
    }

    /// <summary>TLS is tls: whoever asks for it must get it.</summary>
    [Theory]
    [InlineData("Mail:Smtp:Security", "TLS", "tls")]
    [InlineData("Mail:Imap:Security", "Tls", "tls")]
    [InlineData("Presence", "AWAY", "away")]
    [InlineData("Widget:Position", "Left", "left")]
    [InlineData("Widget:Ask", "Never", "never")]
    [InlineData("Rating:Enabled", "True", "true")]
    public async Task A_choice_may_be_written_in_any_case_and_is_read_in_one(string key, string given, string read)
    {
        await using var server = await LeanChatServer.StartAsync($"{key}={given}");
        server.Get<CurrentSettings>().Value[key].Should().Be(read);

        await using var other = await LeanChatServer.StartAsync();
        var mia = await other.AdminAsync();
        var changed = await PatchAsync(mia, new JsonObject { [key] = given });
        changed.Status.Should().Be(200, changed.Text);
        Setting(changed.Json!, key).Should().Be((read, false));
    }

    [Theory]
    [InlineData("AppName", 1001)]
    [InlineData("Widget:Greeting", 5000)]
    public void A_text_has_an_end(string key, int length)
    {
        var start = () => Build($"--LeanChat:{key}={new string('a', length)}");

        start.Should().Throw<SettingsException>().WithMessage($"LeanChat:{key} *");
    }

    [Theory]
    [InlineData("Limits:Sokets")]
    [InlineData("Colour")]
    [InlineData("Widget:Colour")]
    [InlineData("Widget")]
    [InlineData("Mail:Smtp")]
    [InlineData("Mail:Smtp:Hosts")]
    public void A_key_that_does_not_exist_stops_the_start(string key)
    {
        var start = () => Build($"--LeanChat:{key}=1");

        start.Should().Throw<SettingsException>().Which.Message.Should().Contain("LeanChat:" + key).And.NotContain("\n");
    }

    [Fact]
    public async Task Every_default_is_a_value_that_may_be_said()
    {
        await using var app = Build([
            .. Settings.All.Where(setting => setting.Default.Length > 0).Select(setting => $"--LeanChat:{setting.Key}={setting.Default}")]);

        foreach (var setting in Settings.All)
            app.Services.GetRequiredService<CurrentSettings>().Value[setting.Key].Should().Be(setting.Default);
        Settings.All.Select(setting => setting.Key.ToUpperInvariant()).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_list_may_be_written_with_commas_or_as_an_array()
    {
        string[] expected = ["https://shop.example", "http://localhost:3000"];
        await using (var app = Build("--LeanChat:AllowedOrigins= https://shop.example/ , http://localhost:3000,"))
            app.Services.GetRequiredService<CurrentSettings>().Value.AllowedOrigins.Should().Equal(expected);

        await File.WriteAllTextAsync(Path.Combine(_directory, "appsettings.json"), """
            { "LeanChat": { "AllowedOrigins": ["https://shop.example", "http://localhost:3000"], "Widget": { "Title": "From the file" } } }
            """);
        await using (var app = Build("--LeanChat:Widget:Title=From the command line"))
        {
            var settings = app.Services.GetRequiredService<CurrentSettings>();
            settings.Value.AllowedOrigins.Should().Equal(expected);
            settings.Value["Widget:Title"].Should().Be("From the command line", "the command line has the last word");
            settings.IsFixed("AllowedOrigins").Should().BeTrue();
        }
    }

    [Fact]
    public async Task What_the_owner_changes_is_in_force_at_once_and_stays()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        var before = await server.AskAsync(HttpMethod.Get, "/widget.js");
        Said(before, "greeting").Should().Be("Hi! How can we help?");
        before.Text.Should().NotContain("\"color\":", "what is as it is shipped need not be said");

        var changed = await PatchAsync(mia, new JsonObject
        {
            ["Widget:Title"] = "Der Laden",
            ["Widget:Greeting"] = "Grüß Gott „Sie“ 👋",
            ["Widget:Color"] = "#00aa55",
            ["Widget:Position"] = "left",
        });

        changed.Status.Should().Be(200, changed.Text);
        Setting(changed.Json!, "Widget:Title").Should().Be(("Der Laden", false));
        (await mia.GetAsync("/settings")).Text.Should().Be(changed.Text);
        await Serves();

        await server.RestartAsync();
        (await mia.GetAsync("/settings")).Text.Should().Be(changed.Text);
        await Serves();

        // Nothing said is the default again.
        var reset = await PatchAsync(
            mia,
            new JsonObject { ["Widget:Title"] = null, ["Widget:Greeting"] = null, ["Widget:Color"] = null, ["Widget:Position"] = null });
        reset.Status.Should().Be(200);
        (await server.AskAsync(HttpMethod.Get, "/widget.js")).Header("ETag").Should().Be(before.Header("ETag"));

        async Task Serves()
        {
            var widget = await server.AskAsync(HttpMethod.Get, "/widget.js", null, ("If-None-Match", before.Header("ETag")!));
            widget.Status.Should().Be(200, "an old copy is not good any more");
            Said(widget, "title").Should().Be("Der Laden");
            Said(widget, "greeting").Should().Be("Grüß Gott „Sie“ 👋");
            Said(widget, "color").Should().Be("#00aa55");
            Said(widget, "position").Should().Be("left");
        }
    }

    [Fact]
    public async Task What_may_embed_the_widget_changes_at_once_too()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        (await AllowedAsync()).Should().NotBeNull();

        (await PatchAsync(mia, new JsonObject { ["AllowedOrigins"] = "https://shop.example" })).Status.Should().Be(200);

        (await AllowedAsync()).Should().BeNull();

        async Task<string?> AllowedAsync() =>
            (await server.AskAsync(HttpMethod.Get, "/support_chat", null, ("Origin", "https://elsewhere.example")))
                .Header("Access-Control-Allow-Origin");
    }

    [Fact]
    public async Task What_configuration_says_is_fixed()
    {
        await using var server = await LeanChatServer.StartAsync("Widget:Title=The shop");
        var mia = await server.AdminAsync();

        var refused = await PatchAsync(mia, new JsonObject { ["Widget:Greeting"] = "Hello", ["Widget:Title"] = "Another" });

        refused.Status.Should().Be(409);
        refused.Error.Should().Be("conflict");
        ((string)refused.Json!["message"]!).Should().Contain("Widget:Title");
        var settings = (await mia.GetAsync("/settings")).Json!;
        Setting(settings, "Widget:Title").Should().Be(("The shop", true));
        Setting(settings, "Widget:Greeting").Should().Be(("Hi! How can we help?", false), "all or nothing");
        (await PatchAsync(mia, new JsonObject { ["widget:title"] = "Another" })).Status.Should().Be(409);
    }

    [Fact]
    public async Task What_was_changed_gives_way_to_configuration()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        await PatchAsync(mia, new JsonObject { ["AppName"] = "From the dashboard" });
        await server.StopAsync();

        await using (var app = Program.Build(
            new ServeOptions(server.Directory, "http://127.0.0.1:0", ["--LeanChat:AppName=From the command line"], server.Directory)))
            app.Services.GetRequiredService<CurrentSettings>().Value.AppName.Should().Be("From the command line");

        await server.StartAgainAsync();
        server.Get<CurrentSettings>().Value.AppName.Should().Be("From the dashboard");
    }

    [Theory]
    [InlineData("""{"Widget:Color":"blue"}""", "Widget:Color")]
    [InlineData("""{"Widget:Greeting":"Hello","Mail:Smtp:Port":"0"}""", "Mail:Smtp:Port")]
    [InlineData("""{"Widget:Greeting":"Hello","Widget:Nothing":"x"}""", "Widget:Nothing")]
    [InlineData("""{"Limits:ContentLength":"1"}""", "Limits:ContentLength")]
    [InlineData("""{"IdentitySecret":"too short to be one"}""", "IdentitySecret")]
    [InlineData("""{"PublicUrl":"https://evil.example"}""", "PublicUrl")]
    [InlineData("""{"TrustedProxies":"0.0.0.0/0"}""", "TrustedProxies")]
    [InlineData("""{"Widget:Greeting":7}""", "")]
    [InlineData("""{"Widget:Greeting":"a","Widget:Greeting":"b"}""", "")]
    [InlineData("""["Widget:Greeting"]""", "")]
    public async Task What_makes_no_sense_changes_nothing(string body, string named)
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        var before = (await mia.GetAsync("/settings")).Text;

        var refused = await mia.RequestAsync(HttpMethod.Patch, "/settings", new StringContent(body));

        refused.Status.Should().Be(400, refused.Text);
        refused.Error.Should().Be("bad_request");
        refused.Text.Should().NotContain("too short to be one", "a secret is not repeated");
        ((string)refused.Json!["message"]!).Contains(named, StringComparison.Ordinal).Should().BeTrue(refused.Text);
        (await mia.GetAsync("/settings")).Text.Should().Be(before);
        (await server.QueryAsync("select count(*) from settings where key not like 'Secret:%'")).Should().Equal("0");
    }

    [Fact]
    public async Task Secrets_are_not_shown_and_the_dashboards_settings_are_an_admins()
    {
        await using var server = await LeanChatServer.StartAsync(
            "IdentitySecret=0123456789012345678901234567890123", "Mail:Smtp:Password=correct-horse");
        var mia = await server.AdminAsync();

        var settings = await mia.GetAsync("/settings");

        settings.Text.Should().NotContainAny("01234567890123", "correct-horse");
        foreach (var secret in (string[])["IdentitySecret", "Mail:Smtp:Password"])
            (Setting(settings.Json!, secret), (bool)settings.Json![secret]!["set"]!).Should().Be((("", true), true), secret);
        settings.Json!.AsObject().Select(each => each.Key).Should().Contain([
            "AppName", "AllowedOrigins", "Widget:Title", "Widget:Greeting", "Widget:Color", "Widget:Position", "Widget:Locale",
            "Widget:HideWhenAway", "Mail:From", "Retention:ArchivedDays"]);
        (await server.AskAsync(HttpMethod.Get, "/admin/settings")).Status.Should().Be(401);
        (await server.AskAsync(HttpMethod.Patch, "/admin/settings", new { x = 1 })).Status.Should().BeOneOf(401, 403);
        (await mia.RequestAsync(
            HttpMethod.Patch, "/settings", new JsonObject { ["AppName"] = "x" },
            origin: "https://elsewhere.example")).Status.Should().Be(403);
    }

    [Fact]
    public async Task A_secret_given_in_the_dashboard_is_kept_where_only_the_server_can_read_it()
    {
        const string Secret = "0123456789abcdef0123456789abcdef", Password = "correct-horse-battery";
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        server.Get<CurrentSettings>().Value.IdentitySecret.Should().BeEmpty();

        var changed = await PatchAsync(mia, new JsonObject { ["IdentitySecret"] = Secret, ["Mail:Smtp:Password"] = Password });

        changed.Status.Should().Be(200, changed.Text);
        changed.Text.Should().NotContainAny(Secret, Password);
        foreach (var key in (string[])["IdentitySecret", "Mail:Smtp:Password"])
            ((bool)changed.Json![key]!["set"]!).Should().BeTrue();
        server.OnDisk().Should().NotContainAny(Secret, Password);
        var file = Path.Combine(server.Directory, "leanchat.key");
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await server.RestartAsync();
        (server.Get<CurrentSettings>().Value.IdentitySecret, server.Get<CurrentSettings>().Value["Mail:Smtp:Password"])
            .Should().Be((Secret, Password));

        // Sealed for one name: put under another, it is nothing.
        var stolen = (await server.QueryAsync("select value from settings where key = 'Mail:Smtp:Password'"))[0];
        new SecretBox(file).TryOpen("Mail:Smtp:Password", stolen).Should().Be(Password);
        new SecretBox(file).TryOpen("AppName", stolen).Should().BeNull();
        new SecretBox(file).TryOpen("Mail:Smtp:Password", stolen[..^4] + "AAAA").Should().BeNull();
        new SecretBox(file).TryOpen("Mail:Smtp:Password", "sealed:").Should().BeNull();

        // The database without its key, as from a backup: as if nothing had been said, and it can be said again.
        await server.StopAsync();
        File.Delete(file);
        await server.StartAgainAsync();
        ((bool)(await mia.GetAsync("/settings")).Json!["IdentitySecret"]!["set"]!).Should().BeFalse();
        (await PatchAsync(mia, new JsonObject { ["IdentitySecret"] = Secret })).Status.Should().Be(200);
        (await PatchAsync(mia, new JsonObject { ["IdentitySecret"] = null })).Status.Should().Be(200);
        server.Get<CurrentSettings>().Value.IdentitySecret.Should().BeEmpty("null is the default again: signed identity is off");
    }

    [Fact]
    public async Task The_owners_words_for_being_away_are_the_widgets_in_every_language()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        await PatchAsync(mia, new JsonObject { ["Widget:Away"] = "In the forest. \"Back\" on Monday." });

        foreach (var path in (string[])["/widget.js", "/widget.js?words=de"])
            Said(await server.AskAsync(HttpMethod.Get, path), "away").Should().Be("In the forest. \"Back\" on Monday.", path);

        await PatchAsync(mia, new JsonObject { ["Widget:Away"] = null });
        Said(await server.AskAsync(HttpMethod.Get, "/widget.js"), "away").Should().Be("Away · we will reply");
    }

    [Fact]
    public async Task A_name_is_a_name_and_no_markup()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        const string Name = "</title><script>alert(\"1\")</script>'`${1}";

        (await PatchAsync(mia, new JsonObject { ["AppName"] = Name, ["Widget:Greeting"] = Name })).Status.Should().Be(200);

        foreach (var page in (string[])["/", "/chat"])
            (await server.AskAsync(HttpMethod.Get, page)).Text.Should().NotContain("<script>alert").And.Contain("&lt;script&gt;alert");
        Said(await server.AskAsync(HttpMethod.Get, "/widget.js"), "greeting")
            .Should().Be(Name, "in a script a quote is what must not end the text");
    }

    /// <summary>What the widget is told when it is served.</summary>
    private static string Said(Reply widget, string key) =>
        (string)JsonNode.Parse(
            System.Text.RegularExpressions.Regex.Match(widget.Text, $"\"{key}\":(\"(?:[^\"\\\\]|\\\\.)*\")").Groups[1].Value)!;

    private static (string, bool) Setting(JsonNode settings, string key) =>
        ((string)settings[key]!["value"]!, (bool)settings[key]!["fixed"]!);

    private static Task<Reply> PatchAsync(Admin admin, JsonObject changes) =>
        admin.RequestAsync(HttpMethod.Patch, "/settings", new StringContent(changes.ToJsonString()));

    private WebApplication Build(params string[] settings) =>
        Program.Build(new ServeOptions(_directory, "http://127.0.0.1:0", settings, _directory));
}
