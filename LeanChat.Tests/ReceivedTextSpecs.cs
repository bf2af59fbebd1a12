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

    [Theory]
    [InlineData("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>", "1 2\n3 4")]
    [InlineData("<table><thead><tr><th>Mug</th><th>Price</th></tr></thead><tr>\n<td> blue </td>\n<td></td><td>5</td></tr></table>",
        "Mug Price\nblue 5")]
    [InlineData("<table><tr><td><table><tr><td>1<td>2<tr><td>3</table></td><td>4</td></tr></table>", "1 2\n3\n4")]
    [InlineData("<table><tr><td><p>1</p></td><td><b>2</b></td><td>3</td></tr></table>", "1\n2 3")]
    [InlineData("<table><caption>Mugs</caption><tr><td>1</td></tr></table>after", "Mugs\n1\nafter")]
    [InlineData("<dl><dt>Mug</dt><dd>blue</dd><dt>Pot</dt><dd>red</dd></dl>", "Mug\nblue\nPot\nred")]
    [InlineData("<ul><li>a</li><li><p>b</p></li><li><div>c</div><ul><li>d</ul></li></ul>", "- a\n- b\n- c\n- d")]
    [InlineData("a<br>b<br/>c</br>d<hr>e", "a\nb\nc\nd\ne")]
    [InlineData("<select><option>a<option>b</select>c", "a\nb\nc")]
    [InlineData("<address>a</address><center>b</center><main>c</main><form>d</form><fieldset>e</fieldset>f", "a\nb\nc\nd\ne\nf")]
    [InlineData("x<pre>\none\n\n  two\n</pre>y", "x\none\n\n  two\ny")]
    public void The_text_of_HTML_keeps_apart_what_is_shown_apart(string html, string text) =>
        Read("Content-Type: text/html; charset=utf-8", html).Should().Be(text);

    [Theory]
    [InlineData("utf-8", "utf-8")]
    [InlineData("us-ascii", "utf-8")]
    [InlineData("utf-16", "utf-16")]
    [InlineData("utf-16", "utf-16BE")]
    [InlineData("utf-16le", "utf-16")]
    [InlineData("utf-16be", "utf-16BE")]
    [InlineData("utf-32", "utf-32")]
    [InlineData("utf-32", "utf-32BE")]
    [InlineData("utf-7", "utf-8")]
    public void A_mark_of_the_byte_order_is_no_text(string charset, string written)
    {
        var encoding = System.Text.Encoding.GetEncoding(written);
        foreach (var type in (string[])["plain", "html"])
        {
            Read($"Content-Type: text/{type}; charset={charset}\nContent-Transfer-Encoding: base64",
                Convert.ToBase64String([.. encoding.GetPreamble(), .. encoding.GetBytes("Grüße")])).Should().Be("Grüße");
        }
    }

    [Theory]
    [InlineData("multipart/mixed")]
    [InlineData("multipart/alternative")]
    [InlineData("multipart/related")]
    [InlineData("multipart/mixed; boundary=edge")]
    [InlineData("multipart/mixed; boundary=\"\"")]
    public void Parts_that_nothing_keeps_apart_are_text(string type) =>
        Read($"Content-Type: {type}\nContent-Transfer-Encoding: 8bit", "Words without a boundary – grün\n\nand more").Should()
            .Be("Words without a boundary – grün\n\nand more");

    [Theory]
    [InlineData("https://chat.shop.example/chat#key=SECRET", "https://chat.shop.example/chat#key=…")]
    [InlineData("https://shop.example/help/#leanchat=SECRET.", "https://shop.example/help/#leanchat=….")]
    [InlineData("https://shop.example/lc/admin#reset=SECRET", "https://shop.example/lc/admin#reset=…")]
    [InlineData("https://shop.example/admin#invite=SECRET", "https://shop.example/admin#invite=…")]
    [InlineData(
        "<https://chat.shop.example/unsubscribe?letter=0197a1b2-0000-7000-8000-000000000001&proof=PROOF>",
        "<https://chat.shop.example/unsubscribe?letter=0197a1b2-0000-7000-8000-000000000001&proof=…>")]
    [InlineData(
        "https://safe.example/?url=https%3A%2F%2Fchat.shop.example%2Fchat%23key%3DSECRET&data=1",
        "https://safe.example/?url=https%3A%2F%2Fchat.shop.example%2Fchat%23key%3D…&data=1")]
    [InlineData(
        "https://safe.example/?u=https%3a%2f%2fx.example%2funsubscribe%3fletter%3d0197a1b2-0000-7000-8000-000000000001%26proof%3dPROOF",
        "https://safe.example/?u=https%3a%2f%2fx.example%2funsubscribe%3fletter%3d0197a1b2-0000-7000-8000-000000000001%26proof%3d…")]
    [InlineData("https://maps.example/#key=SECRET and https://shop.example/chat#keys", null)]
    public void What_opens_a_chat_is_not_kept(string typed, string? kept)
    {
        typed = typed.Replace("SECRET", "JqK0x-3fWq_9bWm2l0Vd7fW5d1kP8uZtYc4Rr6Nn2A0", StringComparison.Ordinal)
            .Replace("PROOF", "aB3dE6gH9jK2mN5pQ8sT_w", StringComparison.Ordinal);

        Read("Content-Type: text/plain; charset=utf-8", "See " + typed).Should().Be("See " + (kept ?? typed));
    }

    /// <summary>What is taken of a mail with this body.</summary>
    private static string Read(string headers, string body)
    {
        var mail = $"From: jo@example.org\nMIME-Version: 1.0\n{headers}\n\n{body}\n";
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(mail));
        return ReceivedText.Read(stream).Messages(5000, [], withFiles: false).Single();
    }

    [Fact]
    public void There_are_mails_of_sixty_kinds() => Names.Should().HaveCountGreaterThan(60);

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;
}
