using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>What is typed into the search is found, in any script.</summary>
public sealed class SearchSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("我想申请退款，订单号是12345，谢谢", "退款")]
    [InlineData("我想申请退款，订单号是12345，谢谢", "申请退款")]
    [InlineData("我想申请退款，订单号是12345，谢谢", "订单号是12345")]
    [InlineData("我想申请退款，订单号是12345，谢谢", "12345")]
    [InlineData("我想申请退款，订单号是12345，谢谢", "谢谢 退款")]
    [InlineData("我想申请退款，订单号是12345，谢谢", "款")]
    [InlineData("我的手机iPhone坏了", "手机iphone坏了")]
    [InlineData("我的手机iPhone坏了", "机iPho")]
    [InlineData("𠮷野家で注文した", "𠮷野")]
    [InlineData("返品したいです。ご注文番号は２０４２", "返品したい")]
    [InlineData("返品したいです。ご注文番号は２０４２", "注文番号")]
    [InlineData("返品したいです。ご注文番号は２０４２", "2042")]
    [InlineData("スマートフォンケース", "ケース")]
    [InlineData("スマートフォンケース", "ｹｰｽ")]
    [InlineData("ガラス", "ｶﾞﾗｽ")]
    [InlineData("ガラス", "カ\u3099ラス")]
    [InlineData("주문환불해주세요", "환불")]
    [InlineData("주문환불해주세요", "환불해주")]
    [InlineData("배송은 언제 되나요", "배송")]
    [InlineData("한글", "\u1112\u1161\u11AB\u1100\u1173\u11AF")]
    [InlineData("ฉันต้องการขอคืนเงินสำหรับคำสั่งซื้อ", "คืนเงิน")]
    [InlineData("ฉันต้องการขอคืนเงินสำหรับคำสั่งซื้อ", "เงิน")]
    [InlineData("ฉันต้องการขอคืนเงินสำหรับคำสั่งซื้อ", "คำ")]
    [InlineData("ຂ້ອຍຕ້ອງການເງິນຄືນ", "ເງິນຄືນ")]
    [InlineData("ខ្ញុំចង់បានប្រាក់សងវិញ", "ប្រាក់")]
    [InlineData("ខ្ញុំ\u200Bចង់\u200Bបាន\u200Bប្រាក់", "ចង់បាន")]
    [InlineData("ကျွန်တော်ငွေပြန်လိုချင်ပါတယ်", "ငွေပြန်")]
    [InlineData("Lange Straße 5", "strasse")]
    [InlineData("Lange Strasse 5", "straße")]
    [InlineData("LANGE STRAẞE", "straß")]
    [InlineData("It doesn't work, I don’t know", "dont")]
    [InlineData("It doesn't work, I don’t know", "don't")]
    [InlineData("It doesn't work, I don’t know", "donʼt know")]
    [InlineData("It doesn't work, I don’t know", "don")]
    [InlineData("i dont know", "don't")]
    [InlineData("Où est l'avion-cargo d’Émile", "avion")]
    [InlineData("Où est l'avion-cargo d’Émile", "avion-cargo")]
    [InlineData("Où est l'avion-cargo d’Émile", "l’avion-cargo")]
    [InlineData("Où est l'avion-cargo d’Émile", "emile")]
    [InlineData("el col·legi", "collegi")]
    [InlineData("İstanbul'da ısıtıcı", "istanbul isitici")]
    [InlineData("ISTANBUL", "ıstanbul")]
    [InlineData("Smørrebrød på Łódź, Đà Nẵng, Þór, cœur, encyclopædia", "smorrebrod lodz da nang thor coeur encyclopaedia")]
    [InlineData("smorrebrod lodz", "Smørrebrød Łódź")]
    [InlineData("ﬁnal ＯＦＦＥＲ ①", "final offer 1")]
    [InlineData("Ευχαριστώ, ΟΔΟΣ", "ευχαριστω οδος")]
    [InlineData("всё ещё мой", "все еще")]
    [InlineData("أريد استرداد المبلغ المدفوع إلى حسابي", "اريد الى")]
    [InlineData("السَّلَامُ", "السلام")]
    [InlineData("می\u200cخواهم", "خواهم")]
    [InlineData("शुक्रिया हिन्दी", "हिन्दी")]
    [InlineData("soft\u00ADhyphen ze\u2060ro", "softhyphen zero")]
    [InlineData("order 20-42/x", "20-42")]
    [InlineData("1234567890", "１２３٤٥")]
    public async Task A_message_is_found_by(string content, string words)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync(content);
        await (await _server.VisitorAsync()).PostAsync("完全に別の話 quite another thing อย่างอื่น 다른");

        var found = await mia.ListAsync("?q=" + Uri.EscapeDataString(words));

        found.Select(row => (string)row!["id"]!).Should().Equal(visitor.ChatId);
        ((string)found[0]!["hit"]!).Should().Be(content, "it is short enough to be shown whole");
    }

    [Theory]
    [InlineData("我想申请退款", "款退")]
    [InlineData("我想申请退款", "申退")]
    [InlineData("カキ", "ガキ")]
    [InlineData("คืนเงิน", "เงินคืน")]
    [InlineData("do not know", "dont")]
    [InlineData("a blue lantern", "lanterns")]
    [InlineData("a blue lantern", "antern")]
    public async Task A_message_is_not_found_by(string content, string words)
    {
        var mia = await _server.AdminAsync();
        await (await _server.VisitorAsync()).PostAsync(content);

        (await mia.ListAsync("?q=" + Uri.EscapeDataString(words))).Should().BeEmpty();
    }

    [Theory]
    [InlineData("小林", "小林")]
    [InlineData("東京の田中さくら", "田中")]
    [InlineData("Søren O’Brien", "soren obrien")]
    [InlineData("Jürgen Groß", "gross@exa")]
    [InlineData("สมชาย ใจดี", "ชาย")]
    public async Task Who_people_are_is_found_by(string name, string words)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { name, email = "gross@example.com" });
        await visitor.PostAsync("Hello");

        (await mia.ListAsync("?q=" + Uri.EscapeDataString(words))).Should().ContainSingle();
        await mia.RequestAsync(HttpMethod.Patch, "/users/" + visitor.UserId, new { name = "Nobody" });
        var byEmail = words.Contains('@', StringComparison.Ordinal);
        (await mia.ListAsync("?q=" + Uri.EscapeDataString(words))).Should().HaveCount(byEmail ? 1 : 0);
    }

    [Fact]
    public async Task A_search_shows_the_words_around_what_it_has_found()
    {
        var mia = await _server.AdminAsync();
        await (await _server.VisitorAsync()).PostAsync(Long("今天天气很好。") + "我想申请退款" + Long("今天天气很好。"));
        await (await _server.VisitorAsync()).PostAsync(Long("words before ") + "the lantern" + Long(" words after"));

        (await HitAsync("退款")).Should().StartWith("…").And.EndWith("…").And.Contain("我想申请退款").And.Match(hit => hit.Length < 130);
        (await HitAsync("lant")).Should().StartWith("…").And.EndWith("…").And.Contain("before the lantern words")
            .And.Match(hit => hit.Length < 130);

        static string Long(string part) => string.Concat(Enumerable.Repeat(part, 40));
        async Task<string> HitAsync(string words) => (string)(await mia.ListAsync("?q=" + Uri.EscapeDataString(words))).Single()!["hit"]!;
    }

    [Theory]
    [InlineData("x ", 2000)]
    [InlineData("退", 600)]
    [InlineData("l'a-", 500)]
    public async Task However_long_it_is_a_search_is_answered(string part, int times)
    {
        var mia = await _server.AdminAsync();
        await (await _server.VisitorAsync()).PostAsync("lantern");

        var reply = await mia.GetAsync("/chats?q=" + Uri.EscapeDataString(string.Concat(Enumerable.Repeat(part, times))));

        reply.Status.Should().Be(200, reply.Text);
        reply.Json!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task A_search_is_paged_too_and_keeps_its_words()
    {
        var mia = await _server.AdminAsync();
        var visitors = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => _server.VisitorAsync()));
        foreach (var (visitor, each) in visitors.Select((visitor, each) => (visitor, each)))
            await visitor.PostAsync(each % 2 == 0 ? "A & B = lantern" : "Nothing");

        var seen = new List<JsonNode>();
        for (var next = "/admin/chats?limit=2&q=%26%20lantern%20A"; next is not null;)
        {
            var page = await new Admin(_server, "", "") { Cookie = mia.Cookie }.GetAsync(next);
            seen.AddRange(page.Json!.AsArray().Select(row => row!));
            next = page.Next;
        }

        Ids(seen).Should().OnlyHaveUniqueItems()
            .And.BeEquivalentTo(visitors.Where((_, each) => each % 2 == 0).Select(visitor => visitor.ChatId));
    }

    [Theory]
    [InlineData("lantern")]
    [InlineData("LANTERN")]
    [InlineData("lan")]
    [InlineData("blue lantern")]
    [InlineData("lantern blue")]
    [InlineData("  blue   lan ")]
    [InlineData("schonbrunn")]
    [InlineData("SCHÖNBRUNN")]
    [InlineData("creme")]
    [InlineData("ada@example.com")]
    [InlineData("ada@")]
    [InlineData("ADA")]
    [InlineData("Lovelace")]
    [InlineData("лампа")]
    [InlineData("20-42")]
    public async Task A_search_finds(string words)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { email = "ada@example.com", name = "Ada Lovelace" });
        await visitor.PostAsync("The blue lantern of Schönbrunn, crème, лампа, order 20-42");
        await (await _server.VisitorAsync()).PostAsync("Something else");

        Ids(await mia.ListAsync("?q=" + Uri.EscapeDataString(words))).Should().Equal(visitor.ChatId);
        (await mia.ListAsync("?archived=true&q=" + Uri.EscapeDataString(words))).Should().BeEmpty();
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("\"\"\"")]
    [InlineData("lantern\"")]
    [InlineData("lantern AND missing")]
    [InlineData("NOT lantern")]
    [InlineData("a OR b")]
    [InlineData("NEAR(blue lantern, 5)")]
    [InlineData("content:blue")]
    [InlineData("{content}:blue")]
    [InlineData("^blue")]
    [InlineData("blue*")]
    [InlineData("*")]
    [InlineData("-blue")]
    [InlineData("(blue")]
    [InlineData("'; drop table users; --")]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("\\")]
    [InlineData("\u0000blue")]
    [InlineData("👋")]
    public async Task No_search_does_harm(string words)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("The blue lantern");

        var reply = await mia.GetAsync("/chats?q=" + Uri.EscapeDataString(words));

        reply.Status.Should().Be(200, reply.Text);
        reply.Json!.AsArray().Should().HaveCountLessOrEqualTo(1);
        (await mia.ListAsync("?q=lantern")).Should().ContainSingle();
    }

    [Fact]
    public async Task What_is_erased_or_renamed_is_not_found_by_its_old_words()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { name = "Ada" });
        await visitor.PostAsync("lantern");

        await mia.RequestAsync(HttpMethod.Patch, "/users/" + visitor.UserId, new { name = "Grace" });
        (await mia.ListAsync("?q=ada")).Should().BeEmpty();
        (await mia.ListAsync("?q=grace")).Should().ContainSingle();
        await mia.RequestAsync(HttpMethod.Delete, "/users/" + visitor.UserId);

        (await mia.ListAsync("?q=grace")).Should().BeEmpty();
        (await mia.ListAsync("?q=lantern")).Should().BeEmpty();
    }

    private static IEnumerable<string> Ids(IEnumerable<JsonNode?> rows) => rows.Select(row => (string)row!["id"]!);
}
