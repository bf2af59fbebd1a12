using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using LeanChat.Proof;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LeanChat.Tests;

/// <summary>The programs of docs/bots/, run as they stand there against the real server.</summary>
public sealed class BotSpecs : HookStories
{
    private Process? _bot;
    private WebApplication? _other;

    private protected override async Task EndAsync()
    {
        _bot?.Kill();
        _bot?.Dispose();
        if (_other is not null)
            await _other.DisposeAsync();
    }

    [RuntimeFact("python3")]
    public async Task The_answering_bot_answers_what_it_knows_and_hands_over_what_it_does_not()
    {
        await RunAsync("answers.py", [Path.Combine(Folder(), "answers.txt")]);
        await Jo.PostAsync("Do you ship to Malta?");
        await SaidAsync("Yes, we ship to Malta. It takes five days.");
        await Jo.PostAsync("My parcel is broken!");
        await SaidAsync("I don't know that. A colleague will answer you here.");
        await Jo.PostAsync("Are you open on Sunday?");
        await Jo.PostAsync("Hello?");
        await ToldAsync(4);

        (await Jo.MessagesAsync()).Count(each => (string)each!["sender_type"]! == "admin").Should().Be(2, "it has handed over");
        var row = (await Mia.ListAsync("?tag=ask-a-person")).Single()!;
        ((bool)row["unread"]!).Should().BeTrue("a person has to look");
    }

    [RuntimeFact("python3")]
    public async Task The_answering_bot_is_silent_once_a_person_has_answered()
    {
        await RunAsync("answers.py", [Path.Combine(Folder(), "answers.txt")]);
        await Jo.PostAsync("Hm, are you open?");
        await SaidAsync("We are open Monday to Friday, 9 to 17.");
        await Mia.ReplyAsync(Jo.ChatId, "Until six today");
        await Jo.PostAsync("And are you open tomorrow?");
        await ToldAsync(3);

        (await Jo.MessagesAsync()).Should().HaveCount(4);
    }

    [RuntimeFact("python3")]
    public async Task The_model_answers_until_a_person_does()
    {
        var asked = new ConcurrentQueue<JsonNode>();
        var url = await ServeAsync(async context =>
        {
            asked.Enqueue((await JsonNode.ParseAsync(context.Request.Body))!);
            await context.Response.WriteAsJsonAsync(
                JsonNode.Parse("""{"choices":[{"message":{"role":"assistant","content":" Blue or green? "}}]}"""));
        });
        await RunAsync("model.py", [], ("MODEL_URL", url + "/v1"), ("MODEL", "small"));
        await Jo.PostAsync("I want a mug");
        await SaidAsync("Blue or green?");
        var first = asked.Single();
        ((string)first["model"]!).Should().Be("small");
        first["messages"]!.AsArray().Select(each => (string)each!["role"]!).Should().Equal("system", "user");
        await Jo.PostAsync("Blue");
        await Eventually.IsTrueAsync(() => asked.Count == 2);
        asked.Last()["messages"]!.AsArray().Select(each => (string)each!["role"]!).Should().Equal("system", "user", "assistant", "user");
        await Eventually.IsTrueAsync(async () => (await Jo.MessagesAsync()).Count == 4);

        await Mia.ReplyAsync(Jo.ChatId, "I send you one");
        await Jo.PostAsync("Thank you");
        await ToldAsync(4);
        asked.Should().HaveCount(2);
        (await Jo.MessagesAsync()).Should().HaveCount(6);
    }

    [RuntimeFact("python3")]
    public async Task The_bridge_brings_chats_into_a_channel_and_answers_back()
    {
        var posted = new ConcurrentQueue<string>();
        var channel = await ServeAsync(async context =>
            posted.Enqueue((string)(await JsonNode.ParseAsync(context.Request.Body))!["text"]!));
        var port = await RunAsync("bridge.py", [], ("CHANNEL_URL", channel + "/in"), ("CHANNEL_KEY", "secret"));
        await Jo.IdentifyAsync(new { name = "Jo" });
        await Jo.PostAsync("Do you ship to Malta?");
        await Eventually.IsTrueAsync(() => !posted.IsEmpty);
        var code = "#" + Jo.ChatId[^8..];
        posted.Should().Equal($"{code} Jo: Do you ship to Malta?");

        using var http = new HttpClient();
        async Task<int> AnswerAsync(string key, string text) => (int)(await http.PostAsync(
            $"http://127.0.0.1:{port}/channel?key={key}",
            new FormUrlEncodedContent(new Dictionary<string, string> { ["text"] = text, ["user_name"] = "leo" }))).StatusCode;
        (await AnswerAsync("wrong", code + " x")).Should().Be(401);
        (await AnswerAsync("secret", "#00000000 x")).Should().Be(404);
        (await AnswerAsync("secret", code + " We do.")).Should().Be(200);

        var said = (await Jo.MessagesAsync())[1]!;
        ((string)said["content"]!).Should().Be("We do.\n– leo");
        ((string)said["via"]!).Should().Be("api");
        await Mia.ReplyAsync(Jo.ChatId, "In five days");
        await Eventually.IsTrueAsync(() => posted.Count == 2);
        posted.Last().Should().Be($"{code} Mia: In five days", "its own answer is not brought back");
    }

    [RuntimeFact("python3")]
    public async Task Who_has_not_the_secret_is_not_believed()
    {
        var port = await RunAsync("answers.py", [Path.Combine(Folder(), "answers.txt")]);
        await Jo.PostAsync("Hello");
        await SaidAsync("I don't know that. A colleague will answer you here.");
        using var http = new HttpClient();
        using var forged = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/");
        forged.Headers.Add("webhook-id", "x");
        forged.Headers.Add("webhook-timestamp", DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString("D", null));
        forged.Headers.Add("webhook-signature", "v1,AAAA");
        forged.Content = new StringContent("""{"type":"message.created"}""");

        ((int)(await http.SendAsync(forged)).StatusCode).Should().Be(401);
    }

    /// <summary>Starts a bot, with a token and a webhook of its own; returns its port.</summary>
    private async Task<int> RunAsync(string script, string[] arguments, params (string Name, string Value)[] environment)
    {
        // The bots compare with the world's clock.
        if (Server.Clock.GetUtcNow() < DateTimeOffset.UtcNow)
            Server.Clock.SetUtcNow(DateTimeOffset.UtcNow);
        Jo.Token = "";
        await Jo.ArriveAsync();
        var (token, port) = (await Bot.MakeAsync(Server, Mia, "Robo"), Ports.Free());
        _hook = await HookAsync(["message.created"], $"http://127.0.0.1:{port}/", token.Id);
        var start = new ProcessStartInfo(RuntimeFactAttribute.Find("python3")!, [Path.Combine(Folder(), script), .. arguments])
        {
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment.Concat([
            ("LEANCHAT_URL", Server.Origin), ("LEANCHAT_TOKEN", token.Token), ("WEBHOOK_SECRET", _hook.Secret), ("PORT", $"{port}")]))
            start.Environment[name] = value;
        _bot = Process.Start(start)!;
        (await _bot.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(15))).Should().Be("ready");
        return port;
    }

    private Hook _hook = null!;

    /// <summary>Until the bot has said this.</summary>
    private Task SaidAsync(string text) => Eventually.IsTrueAsync(
        async () => (await Jo.MessagesAsync()).Any(each => (string)each!["content"]! == text && (string)each["via"]! == "api"), what: text);

    /// <summary>Until the bot was told so many events, and has answered each.</summary>
    private Task ToldAsync(int count) => SettleAsync(_hook, [.. Enumerable.Repeat("sent", count)]);

    /// <summary>Another server; the address of it.</summary>
    private async Task<string> ServeAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{Ports.Free()}");
        builder.Logging.ClearProviders();
        _other = builder.Build();
        _other.Run(context => answer(context));
        await _other.StartAsync();
        return _other.Urls.First();
    }

    private static string Folder([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(here))!, "docs", "bots");
}
