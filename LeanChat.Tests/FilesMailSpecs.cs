using System.Text;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>Files and e-mails: a letter tells their names, an answer brings them.</summary>
public sealed class FilesMailSpecs : MailboxStories
{
    private protected override string[] More => ["Limits:AttachmentBytes=100000"];

    [ImapFact]
    public async Task Files_of_an_answer_are_in_the_chat()
    {
        var letter = await LetterToJoAsync("Can you send a photo?");

        Mailbox.Deliver(WithFiles(letter, "Here it is.", ("mug.png", FileSamples.Png(640, 480)), ("bill.pdf", FileSamples.Pdf)));

        var message = await MessageAsync(Jo, 2);
        ((string)message["content"]!).Should().Be("Here it is.");
        ((string)message["via"]!).Should().Be("email");
        message["attachments"]!.AsArray().Select(file => $"{file!["name"]} {file["type"]} {file["width"]}")
            .Should().Equal("mug.png image/png 640", "bill.pdf application/pdf ");
        (await Server.FetchAsync(FileStories.Address(message))).Bytes.Should().Equal(FileSamples.Png(640, 480));
    }

    [ImapFact]
    public async Task What_is_refused_is_named_with_the_reason()
    {
        var letter = await LetterToJoAsync("Can you send a photo?");

        Mailbox.Deliver(WithFiles(
            letter, "Here.", ("mug.png", FileSamples.Png()), ("run.exe", FileSamples.Png()), ("page.html", "<html>"u8.ToArray()),
            ("large.txt", FileSamples.Text(100_001)), ("empty.txt", [])));

        var message = await MessageAsync(Jo, 2);
        message["attachments"]!.AsArray().Should().ContainSingle();
        ((string)message["content"]!).ReplaceLineEndings("\n").Should().Be(
            """
            Here.

            [Not taken: run.exe – files of this kind cannot be sent here]
            [Not taken: page.html – files of this kind cannot be sent here]
            [Not taken: large.txt – it is too large]
            [Not taken: empty.txt – it is empty]
            """.ReplaceLineEndings("\n"));
    }

    [ImapFact]
    public async Task An_answer_may_be_files_alone_and_brings_ten_at_most()
    {
        var letter = await LetterToJoAsync("Can you send photos?");

        Mailbox.Deliver(WithFiles(letter, "", [.. Enumerable.Range(1, 11).Select(each => ($"{each}.png", FileSamples.Png()))]));

        var message = await MessageAsync(Jo, 2);
        message["attachments"]!.AsArray().Should().HaveCount(10);
        ((string)message["content"]!).Should().Be("[Not taken: 11.png – an e-mail can bring at most 10 files]");
    }

    [ImapFact]
    public async Task An_admin_sends_files_by_e_mail_too()
    {
        var letter = await LetterToMiaAsync("Do you have a picture?");

        Mailbox.Deliver(WithFiles(letter, "Yes.", letter.To[0], [("blue.png", FileSamples.Png())]));

        var message = await MessageAsync(Jo, 2);
        ((string)message["sender_type"]!).Should().Be("admin");
        ((string)message["attachments"]![0]!["name"]!).Should().Be("blue.png");
    }

    [ImapFact]
    public async Task Files_of_a_mail_from_a_stranger_are_not_kept()
    {
        var letter = await LetterToMiaAsync("Do you have a picture?");

        Mailbox.Deliver(WithFiles(letter, "Yes.", "somebody@else.example", [("blue.png", FileSamples.Png())]));

        await ReadAsync();
        (await Server.QueryAsync("select id from attachments")).Should().BeEmpty();
        (await Jo.MessagesAsync()).Should().HaveCount(1);
    }

    [ImapFact]
    public async Task A_file_without_a_name_is_named_as_everywhere()
    {
        var letter = await LetterToJoAsync("Can you send a photo?");

        Mailbox.Deliver(WithParts(
            letter, "Here.", "jo@example.org",
            ("Content-Type: image/png", FileSamples.Png()), ("Content-Type: application/octet-stream", FileSamples.Pdf),
            ("Content-Type: image/gif; name=\"..\"", FileSamples.Png()), ("Content-Type: image/svg+xml", "<svg/>"u8.ToArray()),
            ("Content-Type: image/png; name=\".png\"", FileSamples.Png())));

        var message = await MessageAsync(Jo, 2);
        message["attachments"]!.AsArray().Select(file => $"{file!["name"]} {file["type"]}")
            .Should().Equal("file.png image/png", "file.pdf application/pdf", "file.png image/png", ".png image/png");
        ((string)message["content"]!).ReplaceLineEndings("\n")
            .Should().Be("Here.\n\n[Not taken: file.svg – files of this kind cannot be sent here]");
    }

    [ImapFact]
    public async Task A_letter_tells_names_only()
    {
        var id = await Mia.UploadedAsync(Jo.ChatId, FileSamples.Png(), "offer <b>.png");
        await Mia.SendFilesAsync(Jo.ChatId, "", null, id);
        await PassAsync(5 * Minute);

        var letter = await Post.ReceiveAsync();

        letter.Text.Should().Contain("offer <b>.png").And.NotContain("/files/");
        letter.Html.Should().Contain("offer &lt;b&gt;.png").And.NotContain("/files/").And.NotContain(id);
    }

    private string WithFiles(Mail letter, string text, params (string Name, byte[] Bytes)[] files) =>
        WithFiles(letter, text, "jo@example.org", files);

    private string WithFiles(Mail letter, string text, string from, params (string Name, byte[] Bytes)[] files) => WithParts(
        letter, text, from,
        [.. files.Select(file => (
            $"Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"{file.Name}\"", file.Bytes))]);

    private string WithParts(Mail letter, string text, string from, params (string Headers, byte[] Bytes)[] files)
    {
        const string kind = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n";
        var mail = AnswerTo(letter, from, text).ReplaceLineEndings("\n");
        var at = mail.IndexOf(kind, StringComparison.Ordinal);
        var parts = string.Concat(files.Select(file =>
            $"--edge\n{file.Headers}\nContent-Transfer-Encoding: base64\n\n"
            + Convert.ToBase64String(file.Bytes, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n") + "\n"));
        return mail[..at] + "Content-Type: multipart/mixed; boundary=edge\n\n--edge\n" + mail[at..] + "\n" + parts + "--edge--\n";
    }
}
