using System.Diagnostics;
using System.Net;
using LeanChat.Background;
using LeanChat.Chats;
using LeanChat.Cli;
using LeanChat.Live;
using LeanChat.Transport;
using LeanChat.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace LeanChat.Tests;

/// <summary>Nothing that background work runs into ends the server, and the work itself goes on.</summary>
public sealed class BackgroundSpecs
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Everything of ours that runs in the background, as the container has it.</summary>
    public static TheoryData<string> Loops
    {
        get
        {
            var directory = Directory.CreateTempSubdirectory("leanchat-").FullName;
            var app = Build(directory, TimeProvider.System);
            try
            {
                return [.. Ours(app).Select(each => each.GetType().Name)];
            }
            finally
            {
                ((IDisposable)app).Dispose();
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    [Fact]
    public async Task A_sleep_may_be_longer_than_a_timer_can_be()
    {
        var clock = new FakeTimeProvider();
        var asleep = new Alarm(clock).SleepAsync(clock.GetUtcNow() + TimeSpan.FromDays(200), CancellationToken.None);
        asleep.IsCompleted.Should().BeFalse("no timer takes longer than 49 days");

        clock.Advance(TimeSpan.FromDays(1));

        // Whoever sleeps looks at the time again.
        await asleep.WaitAsync(Patience);
    }

    [Fact]
    public async Task Every_hosted_service_of_ours_runs_under_the_one_guard()
    {
        await using var server = await LeanChatServer.StartAsync();

        Ours(server.Services).Should().NotBeEmpty().And.AllBeAssignableTo<BackgroundLoop>();
        server.Get<Microsoft.Extensions.Options.IOptions<HostOptions>>().Value.BackgroundServiceExceptionBehavior
            .Should().Be(BackgroundServiceExceptionBehavior.Ignore);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task What_it_did_not_expect_ends_neither_the_server_nor_the_loop(string name)
    {
        if (name == nameof(WebSocketAcceptor))
        {
            // Its times are of this world; what it does for each socket is broken instead.
            await A_socket_that_cannot_be_pinged_holds_up_no_others_ping();
            return;
        }

        var directory = Directory.CreateTempSubdirectory("leanchat-").FullName;
        var clock = new FaultyClock(name);
        await using var app = Build(directory, clock);
        await app.StartAsync();
        try
        {
            await Eventually.IsTrueAsync(() => clock.Faults == 3, what: $"{name} looks at the clock");
            await Eventually.IsTrueAsync(() => clock.Calls > clock.Faults, what: $"{name} goes on after it");

            app.Lifetime.ApplicationStopping.IsCancellationRequested.Should().BeFalse();
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
            (await http.GetAsync(new Uri("/healthz", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.OK);
        }
        finally
        {
            await app.StopAsync();
            await app.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_socket_that_cannot_be_pinged_holds_up_no_others_ping()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:PingInterval=00:00:01", "Limits:PongTime=00:00:01");
        var broken = server.Hub.Register(
            new MailboxLimits(16, 4096, 4096, Patience, Patience, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)));
        var line = new BrokenLine();
        var running = new WebSocketLoop(
            line,
            broken,
            new MailboxLimits(16, 4096, 4096, Patience, Patience, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)),
            TimeProvider.System,
            SocketFrames.TooLarge)
            .RunAsync(_ => default);
        // The broken socket is to be ended, again and again.
        await Eventually.IsTrueAsync(() => line.Cuts > 1);

        await using var other = await RawSocket.OpenAsync(server, await server.VisitorAsync());

        (await other.ReadAsync())!.Value.Opcode.Should().Be(RawSocket.Ping);
        line.End();
        await running.WaitAsync(Patience).ContinueWith(_ => { }, TaskScheduler.Default);
        server.Hub.Unregister(broken);
    }

    [Fact]
    public async Task An_end_that_nobody_asked_for_is_a_failure()
    {
        var directory = Directory.CreateTempSubdirectory("leanchat-").FullName;
        await using var app = Build(directory, TimeProvider.System);
        await app.StartAsync();
        var ended = Commands.UntilStoppedAsync(app);

        app.Lifetime.StopApplication();

        (await ended.WaitAsync(Patience)).Should().Be(1);
        await app.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private static WebApplication Build(string directory, TimeProvider clock) => Program.Build(
        new ServeOptions(directory, "http://127.0.0.1:0", [
            "--LeanChat:Mail:Smtp:Host=127.0.0.1", "--LeanChat:Mail:Smtp:Port=1", "--LeanChat:Mail:From=a@shop.example",
            "--LeanChat:Backup:Every=00:00:01"], directory), clock);

    private static IEnumerable<IHostedService> Ours(WebApplication app) => Ours(app.Services);

    private static IEnumerable<IHostedService> Ours(IServiceProvider services) =>
        services.GetServices<IHostedService>().Where(each => each.GetType().Assembly == typeof(BackgroundLoop).Assembly);

    /// <summary>A clock that breaks three times in the hands of one loop, and is as good as any for all others.</summary>
    private sealed class FaultyClock(string loop) : TimeProvider
    {
        private int _calls;
        private int _faults;

        public int Calls => Volatile.Read(ref _calls);

        public int Faults => Volatile.Read(ref _faults);

        public override DateTimeOffset GetUtcNow()
        {
            Look();
            return base.GetUtcNow();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            // A timer that was half made when its clock broke brings down the runtime, not us.
            if (!new StackTrace().GetFrames().Any(frame => frame.GetMethod()?.DeclaringType == typeof(PeriodicTimer)))
                Look();
            return base.CreateTimer(callback, state, dueTime, period);
        }

        private void Look()
        {
            if (!new StackTrace().GetFrames().Any(
                frame => frame.GetMethod()?.DeclaringType is { } type && (type.Name == loop || type.DeclaringType?.Name == loop)))
                return;
            Interlocked.Increment(ref _calls);
            if (Faults < 3)
            {
                Interlocked.Increment(ref _faults);
                throw new DivideByZeroException("a defect that nobody thought of");
            }
        }
    }

    /// <summary>A line on which nothing comes, and which cannot be cut.</summary>
    private sealed class BrokenLine : Connection
    {
        private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _cuts;

        public int Cuts => Volatile.Read(ref _cuts);

        public void End() => _ended.TrySetResult(0);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer) => new(_ended.Task);

        public override ValueTask WriteAsync(ReadOnlySpan<byte> bytes) => default;

        public override void Cut(bool forget = false)
        {
            Interlocked.Increment(ref _cuts);
            throw new DivideByZeroException("a defect that nobody thought of");
        }

        public override void Close()
        {
        }
    }
}
