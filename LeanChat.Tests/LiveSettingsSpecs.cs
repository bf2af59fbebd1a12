using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>What the owner saves is seen at once: by open widgets, and by every later load.</summary>
public sealed class LiveSettingsSpecs : DeskStories
{
    [Fact]
    public async Task An_open_widget_hears_of_what_it_shows()
    {
        await using var widget = await Jo.OpenAsync();
        await using var other = await (await AskAsync("Hello")).OpenAsync();
        await using var board = await Mia.WatchAsync();

        await SaveAsync("Widget:Title", "Ask us");

        foreach (var socket in (Conversation[])[widget, other])
        {
            var shown = (await socket.HearAsync("settings").WaitAsync(5 * Second))["settings"]!;
            ((string)shown["title"]!, shown["color"], shown["origin"]).Should().Be(("Ask us", null, null));
        }

        await SaveAsync("Widget:Color", "#AA0000");
        ((string)(await widget.HearAsync("settings"))["settings"]!["color"]!).Should().Be("#AA0000");
        await PatchAsync("/settings", new Dictionary<string, string?> { ["Widget:Color"] = null });
        (await widget.HearAsync("settings"))["settings"]!.AsObject().ContainsKey("color").Should().BeFalse("a default is left out");
        await SaveAsync("Widget:Away", "Back on Monday");
        ((string)(await widget.HearAsync("settings"))["settings"]!["away"]!).Should().Be("Back on Monday");
        await SaveAsync("Hours:Open", "Mon-Fri 9-17");
        (await widget.HearAsync("settings"))["settings"]!["hours"].Should().NotBeNull();
        await board.SettleAsync();
        board.Of("settings").Should().BeEmpty("a dashboard shows no widget");
    }

    [Fact]
    public async Task What_no_widget_shows_is_told_to_none()
    {
        await using var widget = await Jo.OpenAsync();
        await SaveAsync("Widget:Title", "Ask us");
        await widget.HearAsync("settings");

        await SaveAsync("Widget:Title", "Ask us");
        await SaveAsync("Mail:Smtp:Host", "mail.example.com");
        await SaveAsync("Retention:ArchivedDays", "30");

        await widget.SettleAsync();
        widget.Of("settings").Should().ContainSingle();
    }

    [Fact]
    public async Task A_later_load_asks_with_what_it_knows_and_gets_what_is_new()
    {
        foreach (var path in (string[])["/widget.js", "/widget.js?settings"])
        {
            var known = await Server.AskAsync(HttpMethod.Get, path);
            (await KnowsAsync(path, known)).Should().Be(304);
            await SaveAsync("Widget:Title", "Title of " + path);
            (await KnowsAsync(path, known)).Should().Be(200);
            (await Server.AskAsync(HttpMethod.Get, path)).Text.Should().Contain("\"title\":\"Title of " + path);
        }

        var settings = await Server.AskAsync(HttpMethod.Get, "/widget.js?settings");
        (settings.Header("Cache-Control"), settings.Header("Access-Control-Allow-Origin")).Should().Be(("no-cache", "*"));
        settings.Header("Content-Type").Should().StartWith("application/json");

        async Task<int> KnowsAsync(string path, Reply known) =>
            (await Server.AskAsync(HttpMethod.Get, path, null, ("If-None-Match", known.Header("ETag")!))).Status;
    }

    [Fact]
    public async Task Greetings_questions_and_when_to_ask_are_handed_to_the_widget()
    {
        await using var widget = await Jo.OpenAsync();

        await SaveAsync("Widget:Greetings", "10, /pricing, Questions about our prices, plans, terms?\n\n 0,, Hello!  ");
        await SaveAsync("Widget:Questions", "Where is my parcel?\r\nDo you ship to Norway?");
        await SaveAsync("Widget:Ask", "before");

        const string rules = """[{"seconds":10,"part":"/pricing","text":"Questions about our prices, plans, terms?"},"""
            + """{"part":"","text":"Hello!"}]""";
        var shown = (await widget.HearAsync("settings", frame => frame["settings"]!["ask"] is not null))["settings"]!;
        shown["greetings"]!.ToJsonString().Should().Be(rules);
        shown["questions"]!.ToJsonString().Should().Be("""["Where is my parcel?","Do you ship to Norway?"]""");
        var script = (await Server.AskAsync(HttpMethod.Get, "/widget.js")).Text;
        script.Should().Contain("\"greetings\":" + rules).And.Contain("\"ask\":\"before\"").And.Contain("\"questions\":[");
        (await PatchAsync("/settings", new Dictionary<string, object> { ["Widget:Greetings"] = (string[])["5, , One", "6,/x,Two"] })).Status
            .Should().Be(200);
        ((string)(await Mia.GetAsync("/settings")).Json!["Widget:Greetings"]!["value"]!).Should().Be("5, , One\n6,/x,Two");
        await PatchAsync("/settings", new Dictionary<string, string?> { ["Widget:Ask"] = null, ["Widget:Greetings"] = "" });
        (await Server.AskAsync(HttpMethod.Get, "/widget.js")).Text.Should().NotContain("\"ask\":").And.NotContain("\"greetings\":[{");
    }

    [Fact]
    public async Task What_no_widget_could_use_is_refused()
    {
        foreach (var wrong in (string[])[
            "hello", "5, /pricing", "x, /pricing, Hello", "-1,,Hello", "3601,,Hello", "5,,", "5,, \u200b", "5,," + new string('x', 301),
            string.Join('\n', Enumerable.Repeat("5,,Hello", 11))])
            await RefuseAsync("Widget:Greetings", wrong);
        await RefuseAsync("Widget:Questions", "1\n2\n3\n4");
        await RefuseAsync("Widget:Questions", new string('x', 201));
        await RefuseAsync("Widget:Ask", "always");
        await RefuseAsync("Rating:Enabled", "yes");
        await RefuseAsync("Widget:Title", 7);
        await RefuseAsync("Widget:Greetings", (object[])[7]);
        await SaveAsync("Widget:Greetings", string.Join('\n', Enumerable.Repeat("3600,/x," + new string('x', 300), 10)));
    }

    [Fact]
    public async Task A_list_may_also_be_an_array_in_the_configuration()
    {
        await using var server = await LeanChatServer.StartAsync(
            "Widget:Greetings:0=5, /pricing, One, two", "Widget:Greetings:1=6,,Three", "Widget:Questions:0=How, exactly?",
            "AllowedOrigins:0=https://a.example", "AllowedOrigins:1=https://b.example");
        var script = (await server.AskAsync(HttpMethod.Get, "/widget.js")).Text;
        script.Should().Contain("\"text\":\"One, two\"").And.Contain("\"text\":\"Three\"").And.Contain("\"questions\":[\"How, exactly?\"]");
        var mia = await server.AdminAsync();
        ((string)(await mia.GetAsync("/settings")).Json!["AllowedOrigins"]!["value"]!).Should().Be("https://a.example,https://b.example");
    }

    private async Task SaveAsync(string key, string value)
    {
        var reply = await PatchAsync("/settings", new Dictionary<string, string> { [key] = value });
        reply.Status.Should().Be(200, reply.Text);
    }

    private async Task RefuseAsync(string key, object value) =>
        (await PatchAsync("/settings", new Dictionary<string, object> { [key] = value })).ShouldBeRefused(400, "bad_request");
}
