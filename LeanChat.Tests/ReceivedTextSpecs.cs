using LeanChat.Mail;
using MimeKit;

namespace LeanChat.Tests;

/// <summary>
/// What a person typed, out of mails as mail programs write them: Mails/NAME.eml, and in Mails/NAME.txt what is taken of it.
/// </summary>
public sealed class ReceivedTextSpecs
{
    private static string Folder => Path.Combine(Path.GetDirectoryName(Here())!, "Mails");

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Folder, "*.eml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_a_person_typed_is_there_and_no_quoted_letter_is(string name)
    {
        var mail = Path.Combine(Folder, name + ".eml");
        var wanted = (await File.ReadAllTextAsync(Path.ChangeExtension(mail, ".txt"))).TrimEnd('\n');
        await using var file = File.OpenRead(mail);
        var headers = IncomingMail.Read(await HeaderList.LoadAsync(file));
        file.Position = 0;
        var read = ReceivedText.Read(file);

        if (wanted == "#automatic")
            (headers.Automatic && read.Report is null).Should().BeTrue();
        else if (wanted.StartsWith("#report ", StringComparison.Ordinal))
        {
            headers.Report.Should().BeTrue();
            $"#report {read.Report!.Status} {read.Report.Error}".Should().Be(wanted);
            read.Report.Key.Should().Be("k2p7n4q6r3s5t2u7v4w6x3y5za");
        }
        else
        {
            headers.Automatic.Should().BeFalse();
            headers.Keys.Should().Equal("k2p7n4q6r3s5t2u7v4w6x3y5za");
            var refused = read.Files.Select(file => (file.Name, "refused"));
            string.Join("\n---\n", read.Messages(5000, refused, withFiles: false)).Should().Be(wanted);
        }
    }

    [Fact]
    public void There_are_mails_of_sixty_kinds() => Names.Should().HaveCountGreaterThan(60);

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;
}
