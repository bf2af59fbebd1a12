using System.Text.RegularExpressions;
using LeanChat.Mail;
using LeanChat.Pages;

namespace LeanChat.Tests;

/// <summary>A visitor's letter is in the visitor's language.</summary>
public sealed class LetterLanguageSpecs : MailStories
{
    [Theory]
    [InlineData("en", "New reply from Shop Support", "ltr", "Open the chat")]
    [InlineData("de", "Neue Antwort vom Support von Shop", "ltr", "Chat öffnen")]
    [InlineData("pt-BR", "Nova resposta do suporte de Shop", "ltr", "Abrir chat")]
    [InlineData("ja", "Shop サポートから新しい返信があります", "ltr", "チャットを開く")]
    [InlineData("ar", "رد جديد من فريق دعم Shop", "rtl", "فتح المحادثة")]
    [InlineData("he", "תשובה חדשה מהתמיכה של Shop", "rtl", "פתיחת הצ׳אט")]
    public async Task It_is_in_the_language_that_the_widget_speaks(string language, string subject, string direction, string open)
    {
        await BrowseAsync(Jo, language, "fr-FR");

        var letter = await LetterAsync("It is back in stock.");

        letter.Subject.Should().Be(subject);
        letter.Text.Should().Contain(open).And.Contain("It is back in stock.");
        letter.Html.Should().Contain($"<html lang=\"{language}\" dir=\"{direction}\">")
            .And.Contain($"<div role=\"main\" lang=\"{language}\" dir=\"{direction}\">", "mail programs drop the outermost element");
    }

    [Fact]
    public async Task Where_the_widget_has_not_said_it_is_the_owners_then_the_browsers_then_English()
    {
        (await LetterAsync("One.")).Subject.Should().Be("New reply from Shop Support");
        await BrowseAsync(Jo, null, "nn-NO");
        (await NextAsync()).Should().Be("Nytt svar fra supporten hos Shop");
        (await Mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Widget:Locale"] = "fr" })).Status
            .Should().Be(200);
        (await NextAsync()).Should().Be("Nouvelle réponse du support de Shop");
        await BrowseAsync(Jo, "pt-PT", "nn-NO");
        (await NextAsync()).Should().Be("Nova resposta do suporte de Shop");
        await BrowseAsync(Jo, "tlh");
        (await NextAsync()).Should().Be("Nouvelle réponse du support de Shop", "what we do not speak was not said");

        async Task<string> NextAsync()
        {
            await Mia.ReplyAsync(Jo.ChatId, "Another.");
            await PassAsync(2 * Hour);
            return (await Post.ReceiveAsync()).Subject;
        }
    }

    /// <summary>An app of its own speaks the protocol, and never says its language on a socket.</summary>
    [Fact]
    public async Task Of_a_client_that_is_no_widget_it_is_the_newest_language_that_its_requests_want()
    {
        await AskAsync("pt-BR, en;q=0.5");
        await AskAsync("en;q=0.3, de-AT, x y;q=2");
        await AskAsync(null);
        await AskAsync("*, " + new string('a', 2000));

        (await LetterAsync("One.")).Subject.Should().Be("Neue Antwort vom Support von Shop");
        (await Mia.GetAsync($"/chats/{Jo.ChatId}")).Json!["locale"]!.ToString().Should().Be("de-AT");

        await BrowseAsync(Jo, "fr");
        await AskAsync("ja");
        (await Mia.GetAsync($"/chats/{Jo.ChatId}")).Json!["locale"]!.ToString().Should().NotBe("ja", "a widget knows better");

        async Task AskAsync(string? languages)
        {
            (string, string)[] headers = languages is null ? [] : [("Accept-Language", languages)];
            var reply = await Server.AskAsync(HttpMethod.Get, "/support_chat", null, [("Authorization", "Bearer " + Jo.Token), .. headers]);
            reply.Status.Should().Be(200, reply.Text);
        }
    }

    [Fact]
    public async Task So_is_the_page_that_unsubscribes()
    {
        await BrowseAsync(Jo, "ar");
        var letter = await LetterAsync("One.");
        var unsubscribe = new Uri(letter.Header("List-Unsubscribe")!.Trim('<', '>')).PathAndQuery;

        var asked = await Server.AskAsync(HttpMethod.Get, unsubscribe, null, ("Accept-Language", "de"));
        asked.Text.Should().Contain("<html lang=\"ar\" dir=\"rtl\">").And.Contain("إيقاف الرسائل من Shop؟");
        (await Server.AskAsync(HttpMethod.Post, unsubscribe)).Text
            .Should().Contain("<html lang=\"ar\" dir=\"rtl\">").And.Contain("تم إلغاء اشتراكك");
        var broken = await Server.AskAsync(HttpMethod.Get, "/unsubscribe?letter=x", null, ("Accept-Language", "de-AT, en;q=0.5"));
        broken.Status.Should().Be(404);
        broken.Text.Should().Contain("<html lang=\"de\"").And.Contain(System.Net.WebUtility.HtmlEncode("Dieser Link ist unvollständig"));
    }

    [Fact]
    public void Every_language_of_the_widget_has_every_word()
    {
        LetterWords.All.Select(words => words.Language).Should().BeEquivalentTo(WidgetTexts.Languages);
        LetterWords.All.Select(words => words.ReplyAbove).Should().OnlyContain(line => line.Length > 5, "answers are cut there");
        foreach (var words in LetterWords.All)
        {
            var texts = typeof(LetterWords).GetProperties().Where(text => text.PropertyType == typeof(string))
                .ToDictionary(text => text.Name, text => (string)text.GetValue(words)!);
            texts.Should().HaveCount(18);
            foreach (var (name, text) in texts)
            {
                text.Should().NotBeNullOrWhiteSpace($"{name} in {words.Language}");
                Places(text).Should().BeEquivalentTo(Places((string)typeof(LetterWords).GetProperty(name)!.GetValue(LetterWords.English)!));
                if (words != LetterWords.English && name is not (nameof(LetterWords.Support) or nameof(LetterWords.Direction)))
                    text.Should().NotBe((string)typeof(LetterWords).GetProperty(name)!.GetValue(LetterWords.English)!, words.Language);
            }
        }

        static IEnumerable<string> Places(string text) => Regex.Matches(text, @"\{\w+\}").Select(place => place.Value);
    }
}
