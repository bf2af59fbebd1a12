using System.Globalization;
using BenchmarkDotNet.Attributes;
using LeanChat.Chats;
using LeanChat.Cli;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Bench;

/// <summary>What it costs to say something: stored, synced, published to nobody. Time and memory are per message.</summary>
[MemoryDiagnoser]
public class PostBench
{
    private const int Senders = 256;

    private readonly string _text = new('x', 100);
    private readonly string[] _users = new string[Senders];
    private readonly Task[] _posts = new Task[Senders];
    private string _folder = "";
    private WebApplication? _app;
    private ChatCommands? _commands;
    private int _said;

    [GlobalSetup]
    public async Task OpenAsync()
    {
        _folder = Directory.CreateTempSubdirectory("leanchat-bench-").FullName;
        _app = Program.Build(new ServeOptions(_folder, "http://127.0.0.1:0", ["--LeanChat:Limits:MessagesPerMinute=0"], _folder));
        _commands = _app.Services.GetRequiredService<ChatCommands>();
        for (var i = 0; i < Senders; i++)
            _users[i] = (await _app.Services.GetRequiredService<ChatJoining>().OpenAsync(null, new())).Chat.UserId;
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _app!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public Task Alone() => PostAsync(_users[0]);

    [Benchmark(OperationsPerInvoke = Senders)]
    public Task InGroups()
    {
        for (var i = 0; i < Senders; i++)
            _posts[i] = PostAsync(_users[i]);
        return Task.WhenAll(_posts);
    }

    private async Task PostAsync(string user)
    {
        var outcome = await _commands!.PostAsUserAsync(
            user, _text, Interlocked.Increment(ref _said).ToString(CultureInfo.InvariantCulture));
        if (!outcome.Is(out _, out var error))
            throw new InvalidOperationException(error.Code);
    }
}
