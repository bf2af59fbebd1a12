namespace LeanChat.Tests;

/// <summary>What people type who want it to run: over 300 texts, from bare tags to broken quotes, encodings, schemes
/// and templates.</summary>
internal static class Payloads
{
    /// <summary>What each tries to run, in the ways a page could be caught at: a mark, the title, a dialogue.</summary>
    private const string Run = "top.hit=1";

    private static readonly string[] Elements =
    [
        $"<script>{Run}</script>", $"<img src=x onerror={Run}>", $"<svg onload={Run}>", $"<body onload={Run}>",
        $"<iframe src=javascript:{Run}>", $"<iframe srcdoc='<script>{Run}</script>'>",
        $"<input autofocus onfocus={Run}>", $"<select autofocus onfocus={Run}>", $"<textarea autofocus onfocus={Run}>",
        $"<video src=x onerror={Run}>", $"<audio src=x onerror={Run}>", $"<video><source onerror={Run}>",
        $"<details open ontoggle={Run}>", $"<marquee onstart={Run}>", $"<object data=javascript:{Run}>", $"<embed src=javascript:{Run}>",
        $"<form><button formaction=javascript:{Run}>x", $"<a href=javascript:{Run}>x</a>",
        $"<math><a xlink:href=javascript:{Run}>x</a></math>", $"<svg><script>{Run}</script></svg>",
        $"<svg><animate onbegin={Run} attributeName=x dur=1s>", $"<svg><set onbegin={Run} attributename=x>",
        $"<div onpointerover={Run} style=position:fixed;inset:0>x</div>",
        $"<meta http-equiv=refresh content='0;url=javascript:{Run}'>", $"<base href=javascript:{Run}//>",
        $"<link rel=stylesheet href=javascript:{Run}>", $"<style>@import 'javascript:{Run}'</style>", $"<style onload={Run}></style>",
        $"<table background=javascript:{Run}>",
        $"<template><script>{Run}</script></template>", $"<noscript><img src=x onerror={Run}></noscript>",
        $"<dialog open onclose={Run}><form method=dialog><button>x",
        $"<div popover id=p onbeforetoggle={Run}>x</div><button popovertarget=p>x",
        $"<img srcset=x onerror={Run}>", $"<isindex action=javascript:{Run} type=image>", $"<keygen autofocus onfocus={Run}>",
        $"<frameset onload={Run}>", $"<xss style=animation-name:x onanimationstart={Run}>",
        $"<p contenteditable onblur={Run} autofocus>x</p>",
        $"<img src=x onerror=document.title='hacked'>", "<script>alert(1)</script>", "<img src=x onerror=confirm`1`>",
        "<script src=//evil.example/x.js></script>", "<img src=//evil.example/pixel>",
    ];

    /// <summary>How a text would get out of where it stands: out of an attribute, a comment, a title, a script.</summary>
    private static readonly Func<string, string>[] Wrappings =
    [
        text => text, text => "\">" + text, text => "'>" + text, text => "-->" + text + "<!--", text => "</title>" + text,
        text => "</script>" + text, text => "]]>" + text,
    ];

    private static readonly string[] Others =
    [
        $"javascript:{Run}", $"JaVaScRiPt:{Run}", $"java\tscript:{Run}", $"&#106;avascript:{Run}", $"&#x6A;avascript&colon;{Run}",
        $"%6Aavascript:{Run}", $"data:text/html,<script>{Run}</script>", "data:text/html;base64,PHNjcmlwdD50b3AuaGl0PTE8L3NjcmlwdD4=",
        $"vbscript:{Run}", "blob:https://x.example/1", "file:///etc/passwd",
        $"https://x.example/\"onmouseover=\"{Run}", $"https://x.example/'onmouseover='{Run}", $"https://x.example/><script>{Run}</script>",
        $"http://javascript:{Run}@x.example/", $"https://x.example/#<img/src=x/onerror={Run}>", $"//x.example/{Run}",
        $"https://[::1]/{Run}", $"[x](javascript:{Run})", $"![x](javascript:{Run})", $"<https://x.example/\"onclick={Run}>",
        "&lt;script&gt;top.hit=1&lt;/script&gt;", "&amp;lt;b&amp;gt;", "&#60;img src=x onerror=top.hit=1&#62;",
        "%3Cscript%3Etop.hit=1%3C/script%3E", "\\u003cscript\\u003etop.hit=1\\u003c/script\\u003e",
        "\\x3cscript\\x3etop.hit=1\\x3c/script\\x3e", "＜script＞top.hit=1＜/script＞", "<scr<script>ipt>top.hit=1</scr</script>ipt>",
        "<<script>top.hit=1//<</script>", "<script/x>top.hit=1</script>", "<sCrIpT>top.hit=1</ScRiPt>", "<img/src=x/onerror=top.hit=1>",
        "<img src=x onerror=top.hit=1//", "<svg/onload=top.hit=1", "< script >top.hit=1</ script >", "<%00script>top.hit=1</script>",
        "{{constructor.constructor('top.hit=1')()}}", "${top.hit=1}", "#{top.hit=1}", "<%= top.hit=1 %>", "{{7*7}}", "{% raw %}",
        "[[${7*7}]]", "@(1+1)", "*{7*7}",
        "__proto__", "constructor", "toString", "[object Object]", "undefined", "null", "NaN", "-0", "true", "{\"a\":1}", "'; top.hit=1; '",
        "\"; top.hit=1; \"", "`; top.hit=1; `", "\\'; top.hit=1; //", "*/top.hit=1/*", "</textarea><img src=x onerror=top.hit=1>",
        "\u202Egnp.exe", "a\u200Db", "e\u0301\u0301\u0301\u0301", "' or 1=1 --", "\"><b>bold</b>", "<b>bold</b> & <i>thin</i>",
    ];

    public static IReadOnlyList<string> All { get; } =
    [
        .. Elements.SelectMany(element => Wrappings.Select(wrap => wrap(element))).Concat(Others).Distinct(),
    ];
}
