using System.Text.Json;
using System.Text.RegularExpressions;
using LeanChat.Configuration;
using LeanChat.Pages;
using LeanChat.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The dashboard in the reader's language: nothing of it stays English, and nothing that people wrote is translated.</summary>
[Collection(DashboardStories.Name)]
public sealed partial class DashboardLanguageSpecs(Browser browser)
{
    /// <summary>What is on the page as people see or hear it, besides what they choose from and what they type off.</summary>
    private const string Said = """
        () => {
          const said = new Set();
          for (const node of document.querySelectorAll('body *:not(script,style,option,code,kbd,svg *)')) {
            for (const name of ['title', 'aria-label', 'placeholder', 'alt'])
              if (node.getAttribute(name)) said.add(node.getAttribute(name).trim());
            for (const kid of node.childNodes) if (kid.nodeType === 3) said.add(kid.data.trim());
          }
          return [document.title, ...said].filter(text => /\p{L}{2}/u.test(text));
        }
        """;

    private static string Folder => Path.Combine(Markdown.Repository, "LeanChat/Pages/dashboard");

    public static TheoryData<string> Translated => [.. Directory.GetFiles(Folder).Select(file => Path.GetFileNameWithoutExtension(file))];

    [Fact]
    public void It_speaks_eight_languages() =>
        DashboardTexts.Languages.Should().BeEquivalentTo("en", "de", "es", "fr", "it", "nl", "pl", "pt");

    [Theory]
    [MemberData(nameof(Translated))]
    public void Every_text_of_the_dashboard_is_translated_and_no_other(string language)
    {
        var (translated, texts) = (Words(language).Keys, Texts());

        texts.Should().HaveCountGreaterThan(400);
        texts.Except(translated).Should().BeEmpty("each text in the source has a translation");
        var server = ServerTexts();
        translated.Except(texts).Where(key => !IsSaidBy(server, key)).Should().BeEmpty("nothing is translated that nobody says");
        translated.Should().BeEquivalentTo(Words("de").Keys, "every language knows the same");
    }

    [Theory]
    [MemberData(nameof(Translated))]
    public void A_translation_keeps_the_places_and_has_a_form_for_each_number(string language)
    {
        foreach (var (text, translation) in Words(language))
        {
            translation.Trim().Should().NotBeEmpty(text);
            Places().Matches(translation).Select(place => place.Value).Distinct()
                .Should().BeEquivalentTo(Places().Matches(text).Select(place => place.Value).Distinct(), text);
            translation.Split('|').Should().HaveCount(!text.Contains('|') ? 1 : language == "pl" ? 3 : 2, text);
            translation.Should().NotContainAny("</", "<!");
        }
    }

    [Fact]
    public void Each_setting_of_the_owner_has_a_label_and_a_hint()
    {
        var (labels, hints) = (Table("LABELS"), Table("HINTS"));
        var words = Words("de");

        foreach (var setting in SettingList.All.Where(setting => setting.Owner && setting.Key != "IdentitySecret"))
        {
            var line = new Regex($"^  '?{setting.Key}'?:", RegexOptions.Multiline);
            (line.IsMatch(labels) || words.ContainsKey(Readable(setting.Key))).Should().BeTrue($"{setting.Key} has a label");
            (line.IsMatch(hints) || words.ContainsKey(setting.Meaning)).Should().BeTrue($"{setting.Key} has a hint");
        }
    }

    [Theory]
    [InlineData("de", "de")]
    [InlineData("de-AT, en;q=0.8", "de")]
    [InlineData("pt-BR", "pt")]
    [InlineData("sv, pl;q=0.5, en;q=0.3", "pl")]
    [InlineData("sv", "en")]
    [InlineData("en-US, de;q=0.9", "en")]
    [InlineData("*", "en")]
    [InlineData("", "en")]
    public async Task The_browser_says_which_language(string accepted, string language)
    {
        await using var server = await LeanChatServer.StartAsync();
        var page = await server.AskAsync(HttpMethod.Get, "/admin", null, ("Accept-Language", accepted));

        page.Text.Should().Contain($"<html lang=\"{language}\">").And.NotContain("{{");
        page.Response.Headers.Vary.Should().Contain("Accept-Language");
        page.Text.Contains("/*<dictionary>*/", StringComparison.Ordinal).Should().BeFalse("the dictionary is filled in");
        page.Text.Contains("Archivieren", StringComparison.Ordinal).Should().Be(language == "de", "only one language is sent");
        page.Text.Contains("Nieprzeczytan", StringComparison.OrdinalIgnoreCase).Should().Be(language == "pl");
    }

    [BrowserFact]
    public async Task A_German_works_in_German_and_what_people_wrote_stays_as_it_is()
    {
        await using var server = await LeanChatServer.StartAsync("Mail:Smtp:Host=127.0.0.1", "Mail:From=shop@shop.example");
        var visitor = await server.VisitorAsync();
        (await visitor.IdentifyAsync(new { name = "Snooze", email = "jo@shop.example" })).Status.Should().Be(200);
        (await visitor.PostAsync("Archive")).Status.Should().Be(201);
        var mia = await server.AdminAsync();
        (await mia.RequestAsync(HttpMethod.Put, $"/chats/{visitor.ChatId}/tags", (string[])["Settings"])).Status.Should().Be(200);
        (await mia.RequestAsync(HttpMethod.Post, $"/chats/{visitor.ChatId}/notes", new { content = "Reply" })).Status.Should().Be(201);

        var page = await OpenAsync(server, mia, "de-DE", $"#chat={visitor.ChatId}");

        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "de");
        await Expect(page.Locator("#log .m")).ToHaveTextAsync("Snooze: Archive");
        await Expect(page.Locator("#log .nt div")).ToHaveTextAsync("Notiz: Reply");
        await Expect(page.Locator("#rows .pv")).ToHaveTextAsync("Archive");
        await Expect(page.Locator("#rows .nm small")).ToHaveTextAsync("Settings");
        await Expect(page.Locator("#who")).ToHaveTextAsync("Snooze");
        await Expect(page).ToHaveTitleAsync("Snooze – LeanChat");
        await Expect(page.Locator("#arch span")).ToHaveTextAsync("Archivieren");
        await Expect(page.Locator("#reply")).ToHaveAttributeAsync("placeholder", "Antworten …");
        await Expect(page.Locator("#reply")).ToHaveAttributeAsync("aria-label", "Antwort an Snooze");
        await Expect(page.Locator("#log .day").First).ToHaveTextAsync("Sonntag, 22. November");
        await page.Locator("#arch").ClickAsync();
        await Expect(page.Locator(".toast")).ToContainTextAsync("Archiviert.");
        await page.Context.CloseAsync();
    }

    [BrowserFact]
    public async Task Nothing_that_the_page_says_stays_English()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();
        (await visitor.PostAsync("0815")).Status.Should().Be(201);
        var mia = await server.AdminAsync();
        var words = Words("de");
        var (english, german) = (await SaidAsync("en-GB"), await SaidAsync("de-DE"));

        german.Should().HaveCountGreaterThan(200);
        german.Intersect(english).Where(text => !words.TryGetValue(text, out var same) || same != text)
            .Except(["Mia", "mia@example.com", "mia@example.com · online", "Hi! How can we help?"])
            .Where(text => !text.Contains("LeanChat", StringComparison.Ordinal))
            .Should().BeEmpty();

        async Task<HashSet<string>> SaidAsync(string locale)
        {
            var page = await OpenAsync(server, mia, locale, $"#chat={visitor.ChatId}");
            await Expect(page.Locator("#log .m")).ToHaveCountAsync(1);
            var said = new HashSet<string>();
            await HearAsync();
            foreach (var opener in (string[])["#asg", "#snz", "#away", "#block"])
            {
                await page.Locator(opener).ClickAsync();
                await HearAsync();
                await page.Keyboard.PressAsync("Escape");
            }

            await page.Keyboard.PressAsync("?");
            await HearAsync();
            await page.Keyboard.PressAsync("Escape");
            await page.Locator("#num-b").ClickAsync();
            await Expect(page.Locator("#num-p .tiles")).ToBeVisibleAsync();
            await HearAsync();
            await page.Keyboard.PressAsync("Escape");
            await page.Locator("#set-b").ClickAsync();
            foreach (var (tab, sign) in ((string, string)[])[
                ("site", "#k-Widget-Title"), ("hours", "#h-Mon"), ("mail", "#provider"), ("replies", "#s-new"), ("team", "#a-mail"),
                ("you", "#y-old")])
            {
                await page.Locator($"#set-{tab}").ClickAsync();
                await Expect(page.Locator(sign)).ToBeVisibleAsync();
                await HearAsync();
            }

            await page.Context.ClearCookiesAsync();
            await page.GotoAsync($"{server.Origin}/admin");
            await Expect(page.Locator("#d-email")).ToBeVisibleAsync();
            await HearAsync();
            await page.Context.CloseAsync();
            return said;

            async Task HearAsync() => said.UnionWith(await page.EvaluateAsync<string[]>(Said));
        }
    }

    private async Task<IPage> OpenAsync(LeanChatServer server, Admin admin, string locale, string hash)
    {
        var page = await browser.PersonAsync(locale: locale);
        await page.Context.AddCookiesAsync(
            [new Cookie { Name = "leanchat_admin", Value = admin.Cookie["leanchat_admin=".Length..], Url = server.Origin }]);
        await page.GotoAsync($"{server.Origin}/admin{hash}");
        await Expect(page.Locator("#set-b")).ToBeVisibleAsync();
        return page;
    }

    private static Dictionary<string, string> Words(string language) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Folder, language + ".json")))!;

    private static string Source(string module) =>
        Joined().Replace(File.ReadAllText(Path.Combine(Markdown.Repository, "dashboard", module)), "");

    /// <summary>The texts in the dashboard's modules and in its page.</summary>
    private static HashSet<string> Texts()
    {
        var texts = new HashSet<string>();
        foreach (var file in Directory.GetFiles(Path.Combine(Markdown.Repository, "dashboard")).Select(file => Path.GetFileName(file)!))
        {
            if (file == "language.js")
                continue;
            var source = Source(file);
            texts.UnionWith(Calls().Matches(source).Select(call => call.Groups[1].Value));
            texts.UnionWith(Plurals().Matches(source).Select(call => call.Groups[1].Value));
            texts.UnionWith(
                Tables().Matches(source).SelectMany(table => Cells().Matches(table.Value)).Select(cell => cell.Groups[1].Value));
        }

        var page = File.ReadAllText(Path.Combine(Markdown.Repository, "admin.html"));
        page = page[page.IndexOf("<body>", StringComparison.Ordinal)..];
        texts.UnionWith(Attributes().Matches(page).Concat(Contents().Matches(page))
            .Select(text => System.Net.WebUtility.HtmlDecode(text.Groups[1].Value.Trim())));
        return [.. texts.Where(text => text is not ("" or "LeanChat"))];
    }

    /// <summary>What the server may say: its source, with a sign in place of each value and number.</summary>
    private static string ServerTexts()
    {
        var all = string.Join('\n', Directory.GetFiles(Path.Combine(Markdown.Repository, "LeanChat"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Regex.IsMatch(file, @"[/\\](bin|obj)[/\\]")).Select(File.ReadAllText));
        return Numbers().Replace(ServerJoined().Replace(all, ""), "#");
    }

    private static bool IsSaidBy(string server, string key)
    {
        var names = SettingList.All.Where(setting => setting.Owner).SelectMany(setting =>
            (string[])[Readable(setting.Key), Readable(setting.Key.Split(':')[0]), .. setting.Choices ?? []]);
        if (key == "General" || names.Contains(key, StringComparer.OrdinalIgnoreCase))
            return true;
        var sentence = key.StartsWith("{field} ", StringComparison.Ordinal)
            ? key["{field} ".Length..].TrimEnd('.').Replace(OpeningHoursParser.Example, "#", StringComparison.Ordinal)
            : key;
        return server.Contains(Numbers().Replace(sentence, "#"), StringComparison.Ordinal);
    }

    /// <summary>As the dashboard reads a key that has no label.</summary>
    private static string Readable(string key)
    {
        var words = Regex.Replace(key.Split(':')[^1], "([a-z])([A-Z])", "$1 $2").ToLowerInvariant();
        return char.ToUpperInvariant(words[0]) + words[1..];
    }

    /// <summary>A table of settings in words.</summary>
    private static string Table(string name) =>
        Regex.Match(
            Source("settingField.js"), $@"const {name} = texts\(\{{.*?^\}}\)", RegexOptions.Multiline | RegexOptions.Singleline).Value;

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Places();

    /// <summary>Where one text is continued on the next line.</summary>
    [GeneratedRegex(@"'\s*\+\s*'")]
    private static partial Regex Joined();

    [GeneratedRegex("\"\\s*\\+\\s*\\$?\"")]
    private static partial Regex ServerJoined();

    [GeneratedRegex(@"\bt\(\s*'([^'\n]+)'")]
    private static partial Regex Calls();

    [GeneratedRegex(@"\bplural\([^|]*?'([^'\n]+\|[^'\n]+)'")]
    private static partial Regex Plurals();

    [GeneratedRegex(@"\btexts\(\{.*?^\}\)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Tables();

    [GeneratedRegex(@"(?:'[\w:]+'|\b\w+):\s*'([^'\n]+)'")]
    private static partial Regex Cells();

    [GeneratedRegex("(?:title|aria-label|placeholder|alt)=\"([^\"{]*[A-Za-z][^\"{]*)\"")]
    private static partial Regex Attributes();

    [GeneratedRegex(@">([^<>]*[A-Za-z]{2,}[^<>]*)<")]
    private static partial Regex Contents();

    [GeneratedRegex(@"\{[^{}\n]*\}|\d+")]
    private static partial Regex Numbers();
}
