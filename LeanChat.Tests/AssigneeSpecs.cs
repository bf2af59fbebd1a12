namespace LeanChat.Tests;

/// <summary>One admin takes care of a chat, and alone is disturbed by it.</summary>
public sealed class AssigneeSpecs : MailStories
{
    private Admin _ben = null!;
    private PushService _service = null!;

    private protected override async Task<string[]> SettingsAsync()
    {
        _service = await PushService.StartAsync();
        return [.. await base.SettingsAsync(), .. PushService.Settings, "Limits:MessagesPerMinute=0"];
    }

    private protected override async Task EndAsync() => await _service.DisposeAsync();

    [Fact]
    public async Task Who_takes_care_of_a_chat_is_told_and_found()
    {
        await SetUpAsync();
        var ann = await NewVisitorAsync(null);
        await ann.PostAsync("Hello");
        await Jo.PostAsync("Hello?");
        await using var board = await Mia.WatchAsync();

        var row = await AssignAsync(Jo, _ben.Id);

        row.Status.Should().Be(200, row.Text);
        row.Json!["assignee"]!.ToJsonString().Should().Be($$"""{"id":"{{_ben.Id}}","name":"Ben"}""");
        ((string)(await board.HearAsync("chat_updated"))["chat"]!["assignee"]!["id"]!).Should().Be(_ben.Id);
        ((string)(await Mia.OpenChatAsync(Jo.ChatId))["assignee"]!["name"]!).Should().Be("Ben");
        (await IdsAsync(_ben, "?assignee=me")).Should().Equal(Jo.ChatId);
        (await IdsAsync(Mia, "?assignee=me")).Should().BeEmpty();
        (await IdsAsync(Mia, "?assignee=" + _ben.Id)).Should().Equal(Jo.ChatId);
        (await IdsAsync(Mia, "?assignee=none")).Should().Equal(ann.ChatId);
        (await IdsAsync(Mia, "?assignee=none&q=hello")).Should().Equal(ann.ChatId);
        (await AssignAsync(Jo, null)).Json!["assignee"].Should().BeNull();
        (await IdsAsync(Mia, "?assignee=none")).Should().BeEquivalentTo(ann.ChatId, Jo.ChatId);
    }

    [Fact]
    public async Task Only_an_admin_can_be_asked_to()
    {
        await SetUpAsync();
        await Jo.PostAsync("Hello?");
        (await AssignAsync(Jo, "01890000-0000-7000-8000-000000000000")).ShouldBeRefused(404, "not_found");
        (await AssignAsync(Jo, Jo.UserId)).ShouldBeRefused(404, "not_found");
        (await Mia.RequestAsync(HttpMethod.Put, $"/chats/{Jo.ChatId}/assignee", new { })).ShouldBeRefused(400, "bad_request");
        (await Mia.RequestAsync(HttpMethod.Put, $"/chats/{Jo.UserId}/assignee", new { admin_id = Mia.Id }))
            .ShouldBeRefused(404, "not_found");
    }

    [Fact]
    public async Task An_admin_who_is_removed_takes_care_of_nothing_any_more()
    {
        await SetUpAsync();
        await Jo.PostAsync("Hello?");
        await AssignAsync(Jo, _ben.Id);
        await using var board = await Mia.WatchAsync();

        (await Mia.RequestAsync(HttpMethod.Delete, "/admins/" + _ben.Id)).Status.Should().Be(204);

        (await board.HearAsync("chat_updated"))["chat"]!["assignee"].Should().BeNull();
        (await IdsAsync(Mia, "?assignee=none")).Should().Equal(Jo.ChatId);
        await PassAsync(Minute);
        (await Post.ReceiveAsync()).To.Should().Equal(["mia@example.com"], "what waited for Ben waits for all now");
    }

    [Fact]
    public async Task The_owners_letter_goes_to_the_assigned_one_alone_and_to_all_when_nobody_is()
    {
        await SetUpAsync();
        await Jo.PostAsync("Hello?");
        await AssignAsync(Jo, _ben.Id);
        await PassAsync(Minute);
        (await Post.ReceiveAsync()).To.Should().Equal(["ben@example.com"], "it waited for both before");

        await Mia.OpenChatAsync(Jo.ChatId);
        await Jo.PostAsync("And now?");
        await PassAsync(Minute);
        (await Post.ReceiveAsync()).To.Should().Equal("ben@example.com");

        await Mia.OpenChatAsync(Jo.ChatId);
        await Jo.PostAsync("And now?");
        await AssignAsync(Jo, Mia.Id);
        await AssignAsync(Jo, null);
        await PassAsync(Minute);
        string[] both = [(await Post.ReceiveAsync()).To.Single(), (await Post.ReceiveAsync()).To.Single()];
        both.Should().BeEquivalentTo("mia@example.com", "ben@example.com");
        Post.Count.Should().Be(4);
    }

    [Fact]
    public async Task A_notification_goes_to_the_assigned_one_alone()
    {
        await SetUpAsync();
        await RegisterAsync(Mia, "mias");
        await RegisterAsync(_ben, "bens");
        await Jo.PostAsync("Hello?");
        await AssignAsync(Jo, _ben.Id);

        Server.Clock.Advance(TimeSpan.FromSeconds(5));

        (await _service.TakenAsync(1))[0].Device.Should().Be("bens");
        await AssignAsync(Jo, null);
        await Jo.PostAsync("And now?");
        Server.Clock.Advance(TimeSpan.FromSeconds(5));
        (await _service.TakenAsync(3)).Skip(1).Select(each => each.Device).Should().BeEquivalentTo("mias", "bens");
    }

    [Fact]
    public async Task A_dashboard_is_told_whose_sound_it_is()
    {
        await SetUpAsync();
        await using var board = await Mia.WatchAsync();
        await Jo.PostAsync("Hello?");
        (await board.HearAsync("new_user_message"))["assignee_id"].Should().BeNull();
        await AssignAsync(Jo, _ben.Id);
        await Jo.PostAsync("Hello?");
        ((string)(await board.HearAsync("new_user_message"))["assignee_id"]!).Should().Be(_ben.Id);
    }

    private async Task SetUpAsync()
    {
        _ben = await Server.AdminAsync("ben@example.com", "Ben");
        await IdleAsync();
    }

    private Task<Reply> AssignAsync(Visitor visitor, string? adminId) =>
        Mia.RequestAsync(HttpMethod.Put, $"/chats/{visitor.ChatId}/assignee", new { admin_id = adminId });

    private static async Task<IEnumerable<string>> IdsAsync(Admin admin, string query) =>
        (await admin.ListAsync(query)).Select(row => (string)row!["id"]!);

    private async Task RegisterAsync(Admin admin, string device) =>
        (await _service.RegisterAsync(admin, device)).Status.Should().Be(201);
}
