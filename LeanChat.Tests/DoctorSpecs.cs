using LeanChat.Cli;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Tests;

/// <summary>The doctor says what is wrong, in words that help.</summary>
public sealed class DoctorSpecs
{
    [Fact]
    public async Task All_is_well_with_a_server_that_is_well()
    {
        await using var post = MailServer.Start();
        await using var server = await LeanChatServer.StartAsync(post.Settings);

        var findings = await ExamineAsync(server, "owner@example.com");

        findings.Should().OnlyContain(finding => finding.Good);
        findings.Select(finding => finding.About).Should().Equal(
            "database", "backup", "mail", "mailbox", "public URL", "WebSocket", "clock");
        (await post.ReceiveAsync()).To.Should().Equal("owner@example.com");
    }

    [Fact]
    public async Task Without_an_address_it_only_knocks_at_the_mail_server()
    {
        await using var post = MailServer.Start();
        await using var server = await LeanChatServer.StartAsync(post.Settings);

        (await ExamineAsync(server)).Should().OnlyContain(finding => finding.Good);

        post.Count.Should().Be(0);
    }

    [Fact]
    public async Task It_shows_the_mail_servers_own_words()
    {
        await using var post = MailServer.Start();
        post.Mood = step => step == "MAIL" ? "530 5.7.0 Must issue a STARTTLS command first" : null;
        await using var server = await LeanChatServer.StartAsync(post.Settings);

        var mail = (await ExamineAsync(server, "owner@example.com")).Single(finding => finding.About == "mail");

        mail.Good.Should().BeFalse();
        mail.Says.Should().Contain("Must issue a STARTTLS command first");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_twice_with_what_to_do()
    {
        await using var server = await LeanChatServer.StartAsync();
        var doctor = ActivatorUtilities.CreateInstance<Doctor>(server.Services);

        var findings = await doctor.ExamineAsync("http://127.0.0.1:1", null, CancellationToken.None).ToListAsync();

        findings.Where(finding => !finding.Good).Select(finding => finding.About).Should().Equal("public URL", "WebSocket");
        findings.Single(finding => finding.About == "public URL").Says.Should().Contain("start the server");
    }

    [Fact]
    public void A_folder_that_cannot_be_is_told()
    {
        var file = Path.GetTempFileName();
        Doctor.ExamineDisk(Path.Combine(file, "data")).Good.Should().BeFalse();
        File.Delete(file);
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(LeanChatServer server, string? mailTo = null) =>
        await ActivatorUtilities.CreateInstance<Doctor>(server.Services)
            .ExamineAsync(server.Origin, mailTo, CancellationToken.None).ToListAsync();
}
