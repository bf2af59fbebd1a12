using System.Buffers.Text;
using System.Text;
using LeanChat.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Tests;

/// <summary>The devices that an admin has registered: whose they are, how they are tried, and which are refused.</summary>
public sealed class PushDeviceSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    private PushService _service = null!;
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public async Task InitializeAsync()
    {
        _service = await PushService.StartAsync();
        _server = await LeanChatServer.StartAsync(
            [.. PushService.Settings, "Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0", "Mail:From=Shop <help@shop.example>"]);
        _mia = await _server.AdminAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task A_test_says_how_it_went_on_each_device()
    {
        await RegisterAsync(_mia, "phone", "laptop", "tablet");
        _service.Answers = (name, context) =>
        {
            context.Response.StatusCode = name switch { "phone" => 201, "laptop" => 410, _ => 400 };
            return Task.FromResult(name == "phone");
        };
        var ids = (await DevicesAsync(_mia)).ToDictionary(device => (string)device!["name"]!, device => (string)device!["id"]!);

        var results = (await _mia.PostAsync("/push/test")).Json!.AsArray()
            .ToDictionary(result => (string)result!["id"]!, result => result!);

        ((bool)results[ids["phone"]]["ok"]!, (int)results[ids["phone"]]["status"]!).Should().Be((true, 201));
        ((bool)results[ids["laptop"]]["ok"]!, (int)results[ids["laptop"]]["status"]!).Should().Be((false, 410));
        ((string)results[ids["tablet"]]["message"]!).Should().StartWith("400");
        (await DevicesAsync(_mia)).Select(device => (string)device!["name"]!).Should().BeEquivalentTo("phone", "tablet");
    }

    [Fact]
    public async Task A_device_belongs_to_who_registered_it_last_and_goes_with_the_session()
    {
        var first = await _service.RegisterAsync(_mia, "phone");
        first.Status.Should().Be(201);
        var again = await _service.RegisterAsync(_mia, "phone");
        again.Status.Should().Be(200);
        ((string)again.Json!["id"]!).Should().Be((string)first.Json!["id"]!);
        var ben = await _server.AdminAsync("ben@example.com", "Ben");
        (await _service.RegisterAsync(ben, "phone")).Status.Should().Be(200);
        (await DevicesAsync(_mia)).Should().BeEmpty();
        (await DevicesAsync(ben)).Should().HaveCount(1);
        (await _mia.RequestAsync(HttpMethod.Delete, "/push/devices/" + (string)first.Json!["id"]!)).Status.Should().Be(404);

        (await ben.PostAsync("/logout")).Status.Should().Be(204);

        (await _server.QueryAsync("select count(*) from push_devices")).Should().Equal("0");
        await RegisterAsync(_mia, [.. Enumerable.Range(0, 20).Select(i => $"device {i}")]);
        (await _service.RegisterAsync(_mia, "one more")).Status.Should().Be(409);
        var newest = (string)(await DevicesAsync(_mia))[0]!["id"]!;
        (await _mia.RequestAsync(HttpMethod.Delete, "/push/devices/" + newest)).Status.Should().Be(204);
        (await _service.RegisterAsync(_mia, "one more")).Status.Should().Be(201);
    }

    [Theory]
    [InlineData("""{"keys":{"p256dh":"KEY","auth":"AUTH"}}""")]
    [InlineData("""{"endpoint":"https://push.example/1"}""")]
    [InlineData("""{"endpoint":"https://push.example/1","keys":{"p256dh":"KEY","auth":"QUJD"}}""")]
    [InlineData("""{"endpoint":"https://push.example/1","keys":{"p256dh":"AUTH","auth":"AUTH"}}""")]
    [InlineData("""{"endpoint":"https://push.example/1","keys":{"p256dh":"!","auth":"AUTH"}}""")]
    [InlineData("""{"endpoint":"push","keys":{"p256dh":"KEY","auth":"AUTH"}}""")]
    [InlineData("""{"endpoint":"https://user@push.example/1","keys":{"p256dh":"KEY","auth":"AUTH"}}""")]
    public async Task A_subscription_that_cannot_be_used_is_refused(string body)
    {
        using var device = new TestDevice();
        var filled = body.Replace("KEY", Base64Url.EncodeToString(device.PublicKey), StringComparison.Ordinal)
            .Replace("AUTH", Base64Url.EncodeToString(device.Secret), StringComparison.Ordinal);

        var reply = await _mia.PostAsync("/push/devices", new StringContent(filled, Encoding.UTF8, "application/json"));

        reply.Status.Should().Be(400);
        ((string)reply.Json!["error"]!).Should().Be("bad_request");
    }

    [Fact]
    public async Task By_default_no_private_address_is_notified()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        using var device = new TestDevice();

        foreach (var endpoint in (string[])[
            _service.Endpoint("phone"), "https://127.0.0.1/x", "https://10.0.0.1/x", "https://[::1]/x", "http://push.example/x"])
            (await mia.PostAsync("/push/devices", device.Subscription(endpoint))).Status.Should().Be(400, endpoint);
        (await mia.PostAsync("/push/devices", device.Subscription("https://localhost:9/x"))).Status.Should().Be(201);
        var result = (await mia.PostAsync("/push/test")).Json![0]!;
        ((bool)result["ok"]!).Should().BeFalse();
        result["status"].Should().BeNull();
        ((string)result["message"]!).Should().Contain("private network");
    }

    [Fact]
    public async Task The_service_worker_may_serve_the_dashboard()
    {
        using var http = new HttpClient();
        using var reply = await http.GetAsync(new Uri(_server.Origin + "/admin/worker.js"));

        reply.StatusCode.Should().Be(System.Net.HttpStatusCode.OK);
        reply.Headers.GetValues("Service-Worker-Allowed").Should().Equal("/admin");
        reply.Headers.CacheControl!.NoCache.Should().BeTrue();
        reply.Content.Headers.ContentType!.MediaType.Should().Be("text/javascript");
    }

    private async Task RegisterAsync(Admin admin, params string[] names)
    {
        foreach (var name in names)
            (await _service.RegisterAsync(admin, name)).Status.Should().Be(201);
    }

    private static async Task<System.Text.Json.Nodes.JsonArray> DevicesAsync(Admin admin) =>
        (await admin.GetAsync("/push")).Json!["devices"]!.AsArray();
}
