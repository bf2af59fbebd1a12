using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>Opening hours as people write them, and when somebody is back by them.</summary>
public sealed class OpeningHoursSpecs
{
    private const string Week = "Mon 9:00-17:00 Tue 9:00-17:00 Wed 9:00-17:00 Thu 9:00-17:00 Fri 9:00-17:00";
    private const string Daily = "Sun 9:00-17:00 Mon 9:00-17:00 Tue 9:00-17:00 Wed 9:00-17:00 Thu 9:00-17:00 Fri 9:00-17:00 Sat 9:00-17:00";
    private const string Always = "Sun 0:00-24:00 Mon 0:00-24:00 Tue 0:00-24:00 Wed 0:00-24:00 Thu 0:00-24:00 Fri 0:00-24:00 "
        + "Sat 0:00-24:00";

    [Theory]
    [InlineData("Mon-Fri 09:00-17:00", Week)]
    [InlineData("Mon-Fri 9:00-17:00", Week)]
    [InlineData("Mon-Fri 9-17", Week)]
    [InlineData("mon-fri 9-17", Week)]
    [InlineData("MON–FRI 9–17", Week)]
    [InlineData("Mon — Fri 09:00 — 17:00", Week)]
    [InlineData("Mon - Fri: 9:00 - 17:00", Week)]
    [InlineData("Mon‑Fri 9‑17", Week)]
    [InlineData("Monday to Friday 9am to 5pm", Week)]
    [InlineData("Monday through Friday, from 9 a.m. until 5 p.m.", Week)]
    [InlineData("Mon-Fri 9am-5pm", Week)]
    [InlineData("Mon-Fri 9 AM – 5 PM", Week)]
    [InlineData("Mon-Fri 9-5pm", Week)]
    [InlineData("Mon-Fri 9am-5", Week)]
    [InlineData("Mon-Fri 9a-5p", Week)]
    [InlineData("Mon-Fri 0900-1700", Week)]
    [InlineData("Mon-Fri 9.00-17.00", Week)]
    [InlineData("Mon-Fri 9h-17h", Week)]
    [InlineData("Mon-Fri 9h00 - 17h00", Week)]
    [InlineData("Mon-Fri (9:00-17:00)", Week)]
    [InlineData("weekdays 9-17", Week)]
    [InlineData("Mo-Fr 9-17 Uhr", Week)]
    [InlineData("Mo.-Fr. 9.00 bis 17.00 Uhr", Week)]
    [InlineData("Montag bis Freitag von 9 bis 17 Uhr", Week)]
    [InlineData("werktags 9-17", Week)]
    [InlineData("lundi au vendredi de 9h à 17h", Week)]
    [InlineData("du lundi au vendredi : 9h-17h", Week)]
    [InlineData("lun-ven 9-17", Week)]
    [InlineData("Lunes a viernes de 9 a 17", Week)]
    [InlineData("lunedì - venerdì 9:00-17:00", Week)]
    [InlineData("maandag tot vrijdag 9-17", Week)]
    [InlineData("9-17 Mon-Fri", Week)]
    [InlineData("9am-5pm weekdays", Week)]
    [InlineData("Mon, Tue, Wed, Thu, Fri 9-17", Week)]
    [InlineData("Mon,Tue,Wed & Thu and Fri 9-17", Week)]
    [InlineData("Mon-Wed 9-17; Thu/Fri 9-17", Week)]
    [InlineData("Ｍｏｎ－Ｆｒｉ　９：００〜１７：００", Week)]
    [InlineData("Mon-Fri 9-17, Sun closed", Week)]
    [InlineData("Mon-Fri 9-17, closed on weekends", Week)]
    [InlineData("daily 9-17, closed Sat and Sun", Week)]
    [InlineData("Mon 9-17\nTue 9-17\nWed 9-17\nThu 9-17\nFri 9-17", Week)]
    [InlineData("Mon, Tue 09:00 - 17:00", "Mon 9:00-17:00 Tue 9:00-17:00")]
    [InlineData("Mon+Thu 9-12, 13-17:30", "Mon 9:00-12:00 Mon 13:00-17:30 Thu 9:00-12:00 Thu 13:00-17:30")]
    [InlineData("Mon 9-12 & 13-17, Tue 10-12", "Mon 9:00-12:00 Mon 13:00-17:00 Tue 10:00-12:00")]
    [InlineData("9-12 Mon, 13-17 Tue", "Mon 9:00-12:00 Tue 13:00-17:00")]
    [InlineData("Mon 9-12, Mon 13-17", "Mon 9:00-12:00 Mon 13:00-17:00")]
    [InlineData("Sat-Mon 10-14", "Sun 10:00-14:00 Mon 10:00-14:00 Sat 10:00-14:00")]
    [InlineData("Fri 18:00-02:00", "Fri 18:00-26:00")]
    [InlineData("Fri 6pm-2am", "Fri 18:00-26:00")]
    [InlineData("Fri 8pm-2", "Fri 20:00-26:00")]
    [InlineData("Mon 17:00-09:00", "Mon 17:00-33:00")]
    [InlineData("Mon 18:00-24:00", "Mon 18:00-24:00")]
    [InlineData("Mon 18:00-00:00", "Mon 18:00-24:00")]
    [InlineData("Mon 6pm-midnight", "Mon 18:00-24:00")]
    [InlineData("Mon 9-noon", "Mon 9:00-12:00")]
    [InlineData("Mon noon-5pm", "Mon 12:00-17:00")]
    [InlineData("Mon 10-2pm", "Mon 10:00-14:00")]
    [InlineData("Mon 12-5pm", "Mon 12:00-17:00")]
    [InlineData("Mon 12am-6am", "Mon 0:00-6:00")]
    [InlineData("Mon 11:30am-12:30pm", "Mon 11:30-12:30")]
    [InlineData("Mon 00:00-00:00", "Mon 0:00-24:00")]
    [InlineData("Sat 24 hours", "Sat 0:00-24:00")]
    [InlineData("Sat all day, Sun 10-12", "Sun 10:00-12:00 Sat 0:00-24:00")]
    [InlineData("daily 9-17", Daily)]
    [InlineData("every day 9-17", Daily)]
    [InlineData("täglich 9-17 Uhr", Daily)]
    [InlineData("tous les jours 9h-17h", Daily)]
    [InlineData("7 days a week 9-17", Daily)]
    [InlineData("9-17", Daily)]
    [InlineData("9:00–17:00", Daily)]
    [InlineData("24/7", Always)]
    [InlineData("open 24 hours a day, 7 days a week", Always)]
    [InlineData("always open", Always)]
    [InlineData("24h", Always)]
    [InlineData("daily 0-24h", Always)]
    [InlineData("", "")]
    [InlineData("   ", "")]
    public void These_are_taken(string text, string meant)
    {
        var hours = OpeningHoursParser.Parse(text, out var complaint);

        complaint.Should().BeEmpty();
        string.Join(' ', hours!.OrderBy(span => span.Day).ThenBy(span => span.From)
            .Select(span => $"{span.Day.ToString()[..3]} {Time(span.From)}-{Time(span.To)}")).Should().Be(meant);

        static string Time(int minute) => string.Create(CultureInfo.InvariantCulture, $"{minute / 60}:{minute % 60:00}");
    }

    [Theory]
    [InlineData("whenever", "“whenever” is neither a day nor a time")]
    [InlineData("Mon-Fry 9-17", "“mon-” needs a day on both sides")]
    [InlineData("Mon Fry 9-17", "“fry” is neither a day nor a time")]
    [InlineData("Mon-Fri", "Friday has no time")]
    [InlineData("Mon-Fri 9-17, Sat", "Saturday has no time")]
    [InlineData("Mon 9", "“9” needs an end, like 9-17:00")]
    [InlineData("Mon 9, 17", "“9” needs an end")]
    [InlineData("Mon 9-", "“9” needs an end")]
    [InlineData("Mon -17", "“mon-” needs a day")]
    [InlineData("Mon 9-5", "“9-5” can be read in two ways; write it like 9-17 or 9am-5pm")]
    [InlineData("Mon 9:00-5:00", "“9:00-5:00” can be read in two ways")]
    [InlineData("Mon 09:00-09:00", "“09:00-09:00” is not a span of time")]
    [InlineData("Mon 24:00-09:00", "is not a span of time")]
    [InlineData("Mon 9-25", "“25” is neither a day nor a time")]
    [InlineData("Mon 9:60-17:00", "“9:60” is neither a day nor a time")]
    [InlineData("Mon 9-17pm", "“17pm” is neither a day nor a time")]
    [InlineData("Mon 24:30-25:00", "“24:30” is neither a day nor a time")]
    [InlineData("Mon 9:5-17", "“9” needs an end")]
    [InlineData("Mon 99999-17", "“99999” is neither a day nor a time")]
    [InlineData("Sun closed", "it has no opening time")]
    [InlineData("closed", "it has no opening time")]
    [InlineData("9-12, Mon 13-17", "a time has no day")]
    [InlineData("closed Sun 9-17", "follows closed days")]
    [InlineData("Mon 9-17 except holidays", "“except” is neither a day nor a time")]
    [InlineData("Mo-Fr 9-17 🙂", "“🙂” is neither a day nor a time")]
    public void These_are_refused_with_what_is_wrong(string text, string complaint)
    {
        OpeningHoursParser.Parse(text, out var said).Should().BeNull();
        said.Should().Contain(complaint);
    }

    [Theory]
    // A night is told from before midnight and after it, until its end.
    [InlineData("Fri 18:00-02:00", "Europe/Berlin", "2026-11-27T19:00Z", "2026-11-27T17:00Z", "2026-11-28T01:00Z")]
    [InlineData("Fri 18:00-02:00", "Europe/Berlin", "2026-11-28T00:59:59Z", "2026-11-27T17:00Z", "2026-11-28T01:00Z")]
    [InlineData("Fri 18:00-02:00", "Europe/Berlin", "2026-11-28T01:00Z", "2026-12-04T17:00Z", "2026-12-05T01:00Z")]
    [InlineData("Sat 18:00-02:00", "Asia/Tokyo", "2026-11-28T15:30Z", "2026-11-28T09:00Z", "2026-11-28T17:00Z")]
    [InlineData("Mon-Fri 9-17", "America/New_York", "2026-11-27T22:30Z", "2026-11-30T14:00Z", "2026-11-30T22:00Z")]
    // Two spans that meet are one: nobody is told that somebody is back in the middle.
    [InlineData("Fri 18-24, Sat 0-2", "UTC", "2026-11-27T20:00Z", "2026-11-27T18:00Z", "2026-11-28T02:00Z")]
    [InlineData("Fri 9-13, Fri 12-17", "UTC", "2026-11-27T10:00Z", "2026-11-27T09:00Z", "2026-11-27T17:00Z")]
    // The hour that is jumped over, the one that comes twice, and a shift of half an hour.
    [InlineData("Sun 2:30-12:00", "Europe/Berlin", "2027-03-27T12:00Z", "2027-03-28T01:30Z", "2027-03-28T10:00Z")]
    [InlineData("Sat 22:00-02:30", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-24T20:00Z", "2026-10-25T01:30Z")]
    [InlineData("Sun 2:30-12:00", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-25T00:30Z", "2026-10-25T11:00Z")]
    [InlineData("Sun 2:10-12:00", "Australia/Lord_Howe", "2026-10-03T00:00Z", "2026-10-03T15:40Z", "2026-10-04T01:00Z")]
    public void Somebody_is_back(string text, string zone, string now, string from, string to)
    {
        var next = OpeningHours.After(At(now), OpeningHoursParser.Parse(text, out _)!, TimeZoneInfo.FindSystemTimeZoneById(zone)).First();

        (DateTimeOffset.FromUnixTimeSeconds(next.From), DateTimeOffset.FromUnixTimeSeconds(next.To)).Should().Be((At(from), At(to)));

        static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task The_owner_writes_them_and_the_widget_is_told()
    {
        // It is Sunday, 9:00 in UTC, and the night from Saturday is just over in New York.
        await using var server = await LeanChatServer.StartAsync("Hours:TimeZone=America/New_York");
        var mia = await server.AdminAsync();

        var refused = await mia.RequestAsync(HttpMethod.Patch, "/settings", new JsonObject { ["Hours:Open"] = "Mon-Fri 9-5" });
        (refused.Status, refused.Error).Should().Be((400, "bad_request"));
        ((string)refused.Json!["message"]!).Should().Contain("must be opening hours like Mon-Fri 9:00-17:00")
            .And.Contain("write it like 9-17 or 9am-5pm");
        var hoursOf = new JsonObject { ["Hours:Open"] = "Sat 18:00–04:30, Mon, Tue 09:00 - 17:00" };
        (await mia.RequestAsync(HttpMethod.Patch, "/settings", hoursOf)).Status.Should().Be(200);

        var script = (await server.AskAsync(HttpMethod.Get, "/widget.js")).Text;
        var hours = JsonNode.Parse(Regex.Match(script, "\"hours\":(\\[\\[.*?\\]\\])").Groups[1].Value)!.AsArray();
        hours.Select(span => DateTimeOffset.FromUnixTimeSeconds((long)span![0]!).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture))
            .Should().Equal("2026-11-21 23:00", "2026-11-23 14:00", "2026-11-24 14:00");
    }
}
