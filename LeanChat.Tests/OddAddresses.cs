namespace LeanChat.Tests;

/// <summary>Addresses as people, mail standards and mischief write them.</summary>
internal static class OddAddresses
{
    private static readonly string[] Locals =
    [
        "jo", "Jo.Ann", "kenji.", ".kenji", "ken..ji", "...", ".", "jo+tag", "jo-", "_jo_", "o'brien", "jo/ann", "100%", "{jo}", "#jo",
        "jo=ann", "a&b", "jo!ann", "~", "`jo`", "jo|ann", "^", "$1", "*", "?",
        "\"jo\"", "\"kenji.\"", "\"jo ann\"", "\"jo@ann\"", "\"jo\\\"ann\"", "\"\"", "\"jo", "jo\"", "\"jo\".ann", "jo ann", "jo\tann",
        "jo\nann", "jo\r\nRCPT TO:<eve@example.org>", "jo\0", "jo\u007f", "jo\u00a0ann", "jo\u200b",
        "jo(comment)", "(comment)jo", "jo,ann", "jo;ann", "jo:ann", "jo<ann", "jo>ann", "[jo]", "jo\\ann", "jö", "ジョー", "джо", "😀",
        "jo\ud800", "", "@", "jo@ann", "mailto:jo", "postmaster",
        new('a', 64), new('a', 65), new('.', 64), new('a', 300),
    ];

    private static readonly string[] Domains =
    [
        "example.org", "EXAMPLE.org", "x", "localhost", "sub.sub.sub.example.org", "müller.example", "MÜLLER.example", "日本.example",
        "xn--mller-kva.example", "xn--a.example", "xn--.example", "faß.example",
        "ｅxample.org", "mu\u0308ller.example", "пример.рф", "مثال.example", "my_host.example", "a-b.example", "-a.example", "a-.example",
        "a..example", ".example.org", "example.org.", "example.org..", "1.2.3.4",
        "[127.0.0.1]", "[IPv6:::1]", "[127.0.0.1", "127.0.0.1]", "example.org:25", "example.org/x", "exa mple.org", "example.org\n",
        "exam\nple.org", "example.org\0", "exa\u200bmple.org", "example。org", "example.org>", "<example.org",
        "example.org (Jo)", "example,org", "\"example\".org", "example.org;eve@example.com", "example.org,eve@example.com",
        "exam\ud800ple.org", "😀.example", "", ".", "..", "-", "\u00ad.example", "İ.example", "ς.example",
        new string('a', 63) + ".example", new string('a', 64) + ".example", new string('ü', 60) + ".example",
        string.Join('.', Enumerable.Repeat("abcdefgh", 30)) + ".example", string.Join('.', Enumerable.Repeat("a", 200)),
    ];

    private static readonly string[] Whole =
    [
        "", " ", "@", "jo", "jo@", "@example.org", "example.org", " jo@example.org ", "\tjo@example.org\n", "\u3000jo@example.org\u3000",
        "Jo <jo@example.org>", "<jo@example.org>", "\"Jo, Ann\" <jo@example.org>", "Jo jo@example.org",
        "jo@example.org (Jo)", "jo@example.org>", "<jo@example.org", "<<jo@example.org>>", "@relay.example:jo@example.org",
        "<@relay.example:jo@example.org>", "jo%example.org@relay.example", "relay.example!jo", "friends: jo@example.org, ann@example.org;",
        "undisclosed-recipients:;", "jo@example.org, ann@example.org", "jo@example.org ann@example.org", "jo@@example.org",
        "jo@a@example.org", "mailto:jo@example.org", "jo＠example.org", "jo at example.org", "null", "true", "../../etc/passwd",
        "' or 1=1 --@example.org", "<script>alert(1)</script>@example.org", "jo@example.org\r\nBcc: eve@example.org",
        "jo@example.org\nDATA", "=?utf-8?q?jo?=@example.org", "=?utf-8?b?am8=?= <jo@example.org>", "Müller & Söhne <jo@example.org>",
        "\"\" <jo@example.org>",
        "\"A \\\"good\\\" shop\" <jo@example.org>", "Shop\r\nBcc: x <jo@example.org>", "Shop <kenji.@docomo.ne.jp>",
        "Shop [Berlin] <jo@example.org>", "Shop, Inc. <jo@example.org>", "Shop: <jo@example.org>", "Shop; <jo@example.org>",
        "Shop\u0000 <jo@example.org>",
        "Shop\ud800 <jo@example.org>", "😀 <jo@example.org>", new string('S', 101) + " <jo@example.org>", "مرحبا <jo@example.org>",
        "=?utf-8?q?Shop <jo@example.org>", "(Shop) <jo@example.org>", "Shop@Home <jo@example.org>", "\\ <jo@example.org>",
        "\" <jo@example.org>",
        "kenji.@docomo.ne.jp", "..docomo..@ezweb.ne.jp", "Victim@x", "victim@x", " VICTIM@X ",
    ];

    /// <summary>Over five hundred, each once: every local part at two hosts, every host under six names, and whole ones.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. (from local in Locals from domain in (string[])["example.org", "docomo.ne.jp"] select $"{local}@{domain}")
            .Concat(from domain in Domains from local in (string[])["jo", "o.k", "kenji.", "a+b", "x..y", "Q"] select $"{local}@{domain}")
            .Concat(Whole).Distinct(),
    ];
}
