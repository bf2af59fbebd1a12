using System.Net;
using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.Text;
using Microsoft.Playwright;

namespace LeanChat.Tests;

/// <summary>What a letter shows, and how it looks.</summary>
[Collection(DashboardStories.Name)]
public sealed class LetterLooksSpecs(Browser browser) : MailStories
{
    private const string Rich = """
        Hello 👩‍👩‍👧‍👦!

        1. The blue one is back
        2. שלום וברכה, it comes in pairs
          - wrapped & packed <b>well</b>
        https://shop.example/a/very/long/address/that/never/ends?and=has&many=parts&in=it&which=cannot&be=broken
        DonaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftDonaudampfschifffahrt
        """;

    [Fact]
    public async Task Who_answers_is_the_sender()
    {
        (await LetterAsync("One.")).SenderName.Should().Be("Mia from Shop");
        var ben = await Server.AdminAsync("ben@example.com", "Ben {shop}");
        (await NextAsync(Mia, ben)).SenderName.Should().Be("Ben {shop} from Shop", "he wrote last, and a name is no pattern");
        await Jo.MarkReadAsync();
        var nameless = await Server.AdminAsync("zoe@example.com", null);
        (await NextAsync(Mia, nameless)).SenderName.Should().Be("Shop Support");

        async Task<Mail> NextAsync(params Admin[] authors)
        {
            foreach (var author in authors)
                await author.ReplyAsync(Jo.ChatId, "Another.");
            await PassAsync(2 * Hour);
            return await Post.ReceiveAsync();
        }
    }

    [Fact]
    public async Task The_question_stands_above_the_answer()
    {
        await Jo.PostAsync("Long ago.");
        await Jo.PostAsync("Is the blue mug back? " + new string('x', 300));
        await Mia.OpenChatAsync(Jo.ChatId);

        var letter = await LetterAsync("It is back in stock.");

        var quoted = letter.Text.Split('\n').Single(line => line.StartsWith("> ", StringComparison.Ordinal));
        quoted.Should().StartWith("> Is the blue mug back? xxx").And.EndWith(" …");
        quoted.Length.Should().Be("> ".Length + 200 + " …".Length);
        letter.Text.Should().NotContain("Long ago.");
        foreach (var said in (string[])[letter.Text, letter.Html[letter.Html.IndexOf("role=\"main\"", StringComparison.Ordinal)..]])
            said.IndexOf("Is the blue mug back?", StringComparison.Ordinal)
                .Should().BePositive().And.BeLessThan(said.IndexOf("It is back in stock.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_letter_without_a_question_quotes_none() =>
        (await LetterAsync("Hello, can I help?")).Text.Should().NotContain("You wrote:").And.NotContain("\n> ");

    [Fact]
    public async Task The_hidden_text_before_everything_else_begins_with_the_answer()
    {
        await Jo.PostAsync("Is it back?");
        await Mia.OpenChatAsync(Jo.ChatId);

        var letter = await LetterAsync("It is\nback <in> stock.");

        var body = letter.Html[letter.Html.IndexOf("<body", StringComparison.Ordinal)..];
        body = body[(body.IndexOf('>', StringComparison.Ordinal) + 1)..].TrimStart();
        body.Should().StartWith("<div style=\"display:none");
        body[(body.IndexOf('>', StringComparison.Ordinal) + 1)..].Should().StartWith("It is back &lt;in&gt; stock.");
    }

    [Fact]
    public async Task Several_replies_stand_in_one_letter_and_each_author_is_named_where_they_differ()
    {
        var ben = await Server.AdminAsync("ben@example.com", "Ben");
        await ben.ReplyAsync(Jo.ChatId, "I have looked.");
        var letter = await LetterAsync("It is back.", "In blue, too.");

        letter.Text.Should().Contain("Shop has replied:").And.Contain("Ben:\n  I have looked.\n\nMia:\n  It is back.\n\n  In blue");
        Shown(letter).Should().MatchRegex(@"Ben\s*I have looked\.\s*Mia\s*It is back\.\s*In blue");
    }

    [Fact]
    public async Task Together_they_show_no_more_than_two_hundred_characters()
    {
        var letter = await LetterAsync(new string('a', 150), new string('b', 150), "never shown");

        letter.Text.Should().Contain(new string('b', 50) + " …").And.NotContain(new string('b', 51)).And.NotContain("never shown");
        letter.Html.Should().NotContain(new string('b', 51)).And.NotContain("never shown");
    }

    [Fact]
    public async Task An_answerable_letter_shows_replies_in_full_below_the_line()
    {
        var (settings, now) = (Server.Get<CurrentSettings>().Value, Server.Clock.GetUtcNow());
        await Jo.PostAsync("Is it back?");
        await Mia.OpenChatAsync(Jo.ChatId);
        await BrowseAsync(Jo, "de");
        var all = new string('a', 3000);
        await Mia.ReplyAsync(Jo.ChatId, all);
        var content = await Server.Database.ReadAsync(connection => LetterContent.ToUser(
            connection, new PendingLetter("id", PendingLetter.Reply, Jo.ChatId, null, "", "", 0, 2, "")));

        var (chat, unsubscribe) = (new Uri("https://a.example/c"), new Uri("https://a.example/u"));
        var letter = Letter.Reply(content!, settings, chat, unsubscribe, now, answerable: true);

        letter.Text.Should().StartWith("— Bitte über dieser Zeile antworten —\n\nSie haben geschrieben:\n> Is it back?\n\nMia hat geantw")
            .And.Contain(all).And.Contain("Oder antworten Sie einfach auf diese E-Mail.");
        var visible = letter.Html[letter.Html.IndexOf("role=\"main\"", StringComparison.Ordinal)..];
        visible.Should().Contain(all).And.Contain(WebUtility.HtmlEncode("— Bitte über dieser Zeile antworten —"));
        WebUtility.HtmlDecode(visible).IndexOf("über dieser Zeile", StringComparison.Ordinal)
            .Should().BeLessThan(visible.IndexOf("Is it back?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_owner_learns_where_the_visitor_is_and_can_write_an_e_mail()
    {
        await BrowseAsync(Jo, title: "Mugs & cups");
        await Jo.PostAsync("Is anybody there?");
        await (await NewVisitorAsync(null)).PostAsync("Hello?");
        await PassAsync(Minute);

        var letter = await Post.ReceiveAsync();

        letter.Text.Should().Contain("Page: Mugs & cups – https://shop.example/mugs\nTheir time: Sunday, 18:01 (Asia/Tokyo)")
            .And.Contain("mailto:jo@example.org");
        letter.Html.Should().Contain("Mugs &amp; cups").And.Contain("href=\"mailto:jo@example.org\"");
        letter.Text.Split("mailto:").Should().HaveCount(2, "the other has no address");
    }

    [Theory]
    [InlineData("#ffe600", "#000000")]
    [InlineData("#012", "#FFFFFF")]
    [InlineData("#ff6f61", "#000000")]
    public async Task It_has_the_shops_colour_and_an_ink_that_can_be_read_on_it(string colour, string ink)
    {
        await Mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Widget:Color"] = colour });

        (await LetterAsync("One.")).Html.Should().MatchRegex($"background:{colour};[^\"]*color:{ink}");
    }

    [BrowserTheory]
    [InlineData("en", ColorScheme.Light)]
    [InlineData("de", ColorScheme.Dark)]
    [InlineData("ar", ColorScheme.Light)]
    [InlineData("ja", ColorScheme.Dark)]
    public async Task It_fits_a_phone_keeps_lines_and_lists_and_keeps_nobody_out(string language, ColorScheme colours)
    {
        await Mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Widget:Color"] = "#ff6f61" });
        await BrowseAsync(Jo, language);
        await Jo.PostAsync(Rich);
        await Mia.OpenChatAsync(Jo.ChatId);
        var ben = await Server.AdminAsync("ben@example.com", "Ben");
        await ben.ReplyAsync(Jo.ChatId, "Hi.");
        await Mia.ReplyAsync(Jo.ChatId, Rich);
        await PassAsync(5 * Minute);
        var letter = await Post.ReceiveAsync();

        foreach (var width in (int[])[360, 600])
        {
            var page = await browser.PersonAsync(width, 740, colours);
            await page.SetContentAsync(letter.Html);

            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).Should().BeLessThanOrEqualTo(width);
            (await Axe.ViolationsAsync(page)).Should().BeEmpty();
            (await page.Locator(".words").Last.InnerTextAsync()).Split('\n').Should().Contain("1. The blue one is back")
                .And.Contain(line => line.StartsWith("2. שלום", StringComparison.Ordinal));
            (await page.Locator("b").CountAsync()).Should().Be(0);
            await page.Context.CloseAsync();
        }
    }

    private static string Shown(Mail letter) =>
        WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Replace(letter.Html, "<[^>]*>", ""));
}
