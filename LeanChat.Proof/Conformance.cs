using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>
/// RFC 6455 over raw sockets: the cases of the Autobahn suite's categories 1–7 and 10, put to a server that answers JSON instead of
/// echoing, and our own. A text that is no JSON object is answered, a binary one closed with 1003.
/// </summary>
internal static class Conformance
{
    private const int Limit = 65_536;

    public static readonly Claim Claim = new(
        "rfc6455", "WebSocket as RFC 6455 wants it, case by case", TryAsync,
        new("unmasked", "every frame is sent without a mask"),
        new("mangled", "a byte of every frame is another one"));

    /// <summary>What is said, and what must come of it.</summary>
    /// <param name="Number">The case's number in that suite, or `own`.</param>
    /// <param name="Parts">What is written, part by part.</param>
    /// <param name="Expected">`pong` (our JSON), `error`, `echo`, `PONG:payload` (a control frame), `alive`, or a close code.</param>
    private sealed record Case(string Number, string What, IReadOnlyList<byte[]> Parts, string Expected, string? Echo = null);

    private static async Task TryAsync(Trial trial)
    {
        await using var server = new Server([.. Server.Unlimited, "Limits:ContentLength=0", "Limits:FrameTime=00:00:02"]);
        await server.StartAsync();
        var cases = Cases(trial.IsLong).ToList();
        var passed = 0;
        await Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (each, _) =>
        {
            string seen;
            try
            {
                seen = await TryCaseAsync(trial, server, (await server.ArriveAsync()).Token, each);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or InvalidDataException)
            {
                // Neither an answer nor a close: that is a fault of its own.
                seen = e.GetType().Name;
            }

            if (trial.Check(each.Expected.Split('|').Contains(seen), $"{each.Number} {each.What}: {seen} instead of {each.Expected}"))
                Interlocked.Increment(ref passed);
        });

        trial.Check(server.IsRunning, "It ended: " + server.Said);
        trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));
        trial.Figure("cases", cases.Count);
        trial.Figure("passed", passed);
    }

    private static async Task<string> TryCaseAsync(Trial trial, Server server, string token, Case each)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        using var line = await Line.JoinAsync(server.Port, token, stop: patience.Token);
        if (await line.HearAsync("ready", patience.Token) is null)
            return "no ready";
        try
        {
            foreach (var part in each.Parts)
            {
                await line.SendAsync(Marred(trial, part), patience.Token);
                if (each.Parts.Count is > 1 and < 20)
                    await Task.Delay(1, patience.Token);
            }
        }
        catch (IOException)
        {
            // Closed already: what it said can still be read.
        }

        while (await line.ReadAsync(patience.Token) is var (opcode, payload))
        {
            switch (opcode)
            {
                case Line.Close:
                    return payload.Length >= 2 ? ((payload.Span[0] << 8) | payload.Span[1]).ToString(CultureInfo.InvariantCulture) : "1005";
                case Line.Ping:
                    continue;
                case Line.Pong:
                    return "PONG:" + Convert.ToHexString(payload.Span);
                case Line.Text when JsonNode.Parse(payload.Span) is JsonObject frame:
                    if ((string?)frame["type"] == "new_message")
                        return (string?)frame["message"]!["content"] == each.Echo ? "echo" : "another echo";
                    if ((string?)frame["type"] is "pong" or "error")
                        return (string)frame["type"]!;
                    continue;
                default:
                    return "opcode " + opcode;
            }
        }

        return "1006";
    }

    private static byte[] Marred(Trial trial, byte[] part)
    {
        var sent = (byte[])part.Clone();
        if (trial.Has("unmasked") && sent.Length > 1)
            sent[1] &= 0x7F;
        if (trial.Has("mangled"))
            sent[^1] ^= 0x80;
        return sent;
    }

    private static IEnumerable<Case> Cases(bool all)
    {
        // 1: framing. Text of every length, whole and in chops; binary likewise.
        var lengths = (int[])[0, 125, 126, 127, 128, 65_535, 65_536];
        for (var each = 0; each < lengths.Length; each++)
        {
            yield return One(
                $"1.1.{each + 1}", $"text of {lengths[each]} bytes", Line.Frame(Line.Text, Padded(lengths[each])),
                lengths[each] == 0 ? "error" : "pong");
            yield return One(
                $"1.2.{each + 1}", $"binary of {lengths[each]} bytes", Line.Frame(Line.Binary, new byte[lengths[each]]), "1003");
        }

        yield return new("1.1.8", "text of 65,536 bytes in chops of 997", Chop(Line.Frame(Line.Text, Padded(65_536)), 997), "pong");
        yield return new("1.2.8", "binary of 65,536 bytes in chops of 997", Chop(Line.Frame(Line.Binary, new byte[65_536]), 997), "1003");

        // 2: pings and pongs.
        yield return One("2.1", "an empty ping", Line.Frame(Line.Ping, []), "PONG:");
        yield return One(
            "2.2", "a ping with text", Line.Frame(Line.Ping, "Hello, world!"u8), "PONG:" + Convert.ToHexString("Hello, world!"u8));
        yield return One("2.3", "a ping with bytes that are no text", Line.Frame(Line.Ping, [0x00, 0xFF, 0xFE, 0xFD]), "PONG:00FFFEFD");
        yield return One(
            "2.4", "a ping of 125 bytes", Line.Frame(Line.Ping, Same(0xFE, 125)), "PONG:" + Convert.ToHexString(Same(0xFE, 125)));
        yield return One("2.5", "a ping of 126 bytes", Line.Frame(Line.Ping, Same(0xFE, 126)), "1002");
        yield return new(
            "2.6", "a ping of 125 bytes byte by byte", Chop(Line.Frame(Line.Ping, Same(0xFE, 125)), 1),
            "PONG:" + Convert.ToHexString(Same(0xFE, 125)));
        yield return One("2.7", "an unasked pong without payload", [.. Line.Frame(Line.Pong, []), .. PingText()], "pong");
        yield return One("2.8", "an unasked pong with payload", [.. Line.Frame(Line.Pong, "unasked"u8), .. PingText()], "pong");
        yield return One(
            "2.9",
            "an unasked pong, then a ping",
            [.. Line.Frame(Line.Pong, "unasked"u8), .. Line.Frame(Line.Ping, "asked"u8)],
            "PONG:" + Convert.ToHexString("asked"u8));
        yield return One(
            "2.10", "ten pings at once", Join(Enumerable.Range(0, 10).Select(each => Line.Frame(Line.Ping, [(byte)each]))), "PONG:00");
        yield return new(
            "2.11",
            "ten pings byte by byte",
            Chop(Join(Enumerable.Range(0, 10).Select(each => Line.Frame(Line.Ping, [(byte)each]))), 1),
            "PONG:00");

        // 3: reserved bits.
        yield return One("3.1", "reserved 1", Line.Frame(Line.Text, "{}"u8, reserved: 1), "1002");
        yield return One(
            "3.2",
            "a text, then reserved 2, then a ping",
            [.. PingText(), .. Line.Frame(Line.Text, "{}"u8, reserved: 2), .. Line.Frame(Line.Ping, [])],
            "pong");
        yield return new(
            "3.3", "the same in parts", [PingText(), Line.Frame(Line.Text, "{}"u8, reserved: 3), Line.Frame(Line.Ping, [])], "pong|1002");
        yield return new("3.4", "the same byte by byte", Chop(Line.Frame(Line.Text, "{}"u8, reserved: 4), 1), "1002");
        yield return One("3.5", "binary with reserved 5", Line.Frame(Line.Binary, "{}"u8, reserved: 5), "1002");
        yield return One("3.6", "a ping with reserved 6", Line.Frame(Line.Ping, "x"u8, reserved: 6), "1002");
        yield return One("3.7", "a close with reserved 7", Line.Frame(Line.Close, [0x03, 0xE8], reserved: 7), "1002");

        // 4: opcodes that there are not.
        foreach (var (group, opcodes) in ((int, byte[])[])[(1, [3, 4, 5, 6, 7]), (2, [11, 12, 13, 14, 15])])
        {
            for (var each = 0; each < opcodes.Length; each++)
            {
                yield return One(
                    $"4.{group}.{each + 1}", $"opcode {opcodes[each]}", Line.Frame(opcodes[each], each % 2 == 0 ? [] : "x"u8), "1002");
                yield return new(
                    $"4.{group}.{each + 1} byte by byte", $"opcode {opcodes[each]}", Chop(Line.Frame(opcodes[each], "x"u8), 1), "1002");
            }
        }

        // 5: fragments.
        var (head, tail) = (Line.TextFrame("{\"action\":", final: false), Line.Frame(Line.Continuation, "\"ping\"}"u8));
        yield return One(
            "5.1",
            "a ping in two fragments",
            [.. Line.Frame(Line.Ping, "a"u8, final: false), .. Line.Frame(Line.Continuation, "b"u8)],
            "1002");
        yield return One(
            "5.2",
            "a pong in two fragments",
            [.. Line.Frame(Line.Pong, "a"u8, final: false), .. Line.Frame(Line.Continuation, "b"u8)],
            "1002");
        yield return One("5.3", "a text in two fragments", [.. head, .. tail], "pong");
        yield return new("5.4", "a text in two fragments, each by itself", [head, tail], "pong");
        yield return new("5.5", "a text in two fragments byte by byte", Chop([.. head, .. tail], 1), "pong");
        yield return One(
            "5.6", "a ping between fragments", [.. head, .. Line.Frame(Line.Ping, "mid"u8), .. tail],
            "PONG:" + Convert.ToHexString("mid"u8));
        yield return new(
            "5.7", "the same, each by itself", [head, Line.Frame(Line.Ping, "mid"u8), tail], "PONG:" + Convert.ToHexString("mid"u8));
        yield return new(
            "5.8", "the same byte by byte", Chop([.. head, .. Line.Frame(Line.Ping, "mid"u8), .. tail], 1),
            "PONG:" + Convert.ToHexString("mid"u8));
        yield return One("5.9", "a continuation of nothing, then a text", [.. Line.Frame(Line.Continuation, "x"u8), .. PingText()], "1002");
        yield return new("5.10", "the same, each by itself", [Line.Frame(Line.Continuation, "x"u8), PingText()], "1002");
        yield return new("5.11", "the same byte by byte", Chop([.. Line.Frame(Line.Continuation, "x"u8), .. PingText()], 1), "1002");
        yield return One(
            "5.12", "an unfinished continuation of nothing", [.. Line.Frame(Line.Continuation, "x"u8, final: false), .. PingText()],
            "1002");
        yield return new("5.13", "the same, each by itself", [Line.Frame(Line.Continuation, "x"u8, final: false), PingText()], "1002");
        yield return new("5.14", "the same byte by byte", Chop(Line.Frame(Line.Continuation, "x"u8, final: false), 1), "1002");
        yield return One("5.15", "a text in fragments, then a continuation of nothing", [
            .. Line.TextFrame("", final: false), .. Line.Frame(Line.Continuation, []),
            .. Line.Frame(Line.Continuation, "x"u8, final: false)], "error|1002");
        yield return One(
            "5.16", "continuations of nothing around a text", [.. Line.Frame(Line.Continuation, "x"u8, final: false), .. head, .. tail],
            "1002");
        yield return One(
            "5.17", "a final continuation of nothing before a text", [.. Line.Frame(Line.Continuation, "x"u8), .. head, .. tail], "1002");
        yield return One("5.18", "a text inside a text", [.. head, .. Line.TextFrame("}")], "1002");
        yield return new(
            "5.19",
            "five fragments with pings between, in time",
            [
                Line.TextFrame("{\"action\"", final: false), Line.Frame(Line.Continuation, ":"u8, final: false),
                Line.Frame(Line.Continuation, "\"pi"u8, final: false), Line.Frame(Line.Continuation, "ng\""u8, final: false),
                Line.Frame(Line.Continuation, "}"u8),
            ],
            "pong");
        yield return One("5.20", "five fragments with pings between, at once", [
            .. Line.TextFrame("{\"action\"", final: false), .. Line.Frame(Line.Continuation, ":"u8, final: false),
            .. Line.Frame(Line.Ping, "p1"u8), .. Line.Frame(Line.Continuation, "\"ping\""u8, final: false),
            .. Line.Frame(Line.Continuation, "}"u8)], "PONG:" + Convert.ToHexString("p1"u8));

        // 6: UTF-8, in one frame, in two fragments and byte by byte.
        yield return One("6.1.1", "an empty text", Line.TextFrame(""), "error");
        yield return One(
            "6.1.2",
            "three empty fragments",
            [.. Line.TextFrame("", final: false), .. Line.Frame(Line.Continuation, [], final: false), .. Line.Frame(Line.Continuation, [])],
            "error");
        yield return One("6.1.3", "an empty, a full and an empty fragment", [
            .. Line.TextFrame("", final: false), .. Line.Frame(Line.Continuation, "{\"action\":\"ping\"}"u8, final: false),
            .. Line.Frame(Line.Continuation, [])], "pong");
        foreach (var (number, bytes, valid) in Utf8())
        {
            foreach (var each in valid ? Echoed(number, bytes, all) : Refused(number, bytes, all))
                yield return each;
        }

        // 7: closing.
        yield return One("7.1.1", "a text, then a close", [.. PingText(), .. Closing(1000)], "pong");
        yield return One("7.1.2", "two closes", [.. Closing(1000), .. Closing(1000)], "1000");
        yield return One("7.1.3", "a ping after the close", [.. Closing(1000), .. Line.Frame(Line.Ping, [])], "1000");
        yield return One("7.1.4", "a text after the close", [.. Closing(1000), .. PingText()], "1000");
        yield return One("7.1.5", "a close between fragments", [.. head, .. Closing(1000), .. tail], "1000");
        yield return One(
            "7.1.6",
            "a long text, a close, a ping",
            [.. Line.Frame(Line.Text, Padded(Limit)), .. Closing(1000), .. Line.Frame(Line.Ping, [])],
            "pong");
        yield return One("7.3.1", "a close without a code", Line.Frame(Line.Close, []), "1000|1005");
        yield return One("7.3.2", "a close of one byte", Line.Frame(Line.Close, [0x61]), "1002");
        yield return One("7.3.3", "a close with a code", Closing(1000), "1000");
        yield return One("7.3.4", "a close with a reason", Closing(1000, "Hello World!"u8), "1000");
        yield return One("7.3.5", "a close with a reason of 123 bytes", Closing(1000, Same(0x2A, 123)), "1000");
        yield return One("7.3.6", "a close with a reason of 124 bytes", Closing(1000, Same(0x2A, 124)), "1002");
        yield return One(
            "7.5.1",
            "a close whose reason is no UTF-8",
            Closing(1000, [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5, 0xED, 0xA0, 0x80]),
            "1007|1002");
        var good = (int[])[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
        for (var each = 0; each < good.Length; each++)
            yield return One($"7.7.{each + 1}", $"a close with {good[each]}", Closing(good[each]), $"1000|{good[each]}");
        var bad = (int[])[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
        for (var each = 0; each < bad.Length; each++)
            yield return One($"7.9.{each + 1}", $"a close with {bad[each]}", Closing(bad[each]), "1002");
        yield return One("7.13.1", "a close with 5000", Closing(5000), "1000|1002|5000");
        yield return One("7.13.2", "a close with 65535", Closing(65_535), "1000|1002|65535");

        // 10: a long text in many small fragments.
        yield return new("10.1.1", "65,536 bytes in fragments of 1,300", [Join(Fragments(Padded(65_536), 1300))], "pong");

        // Our own.
        yield return One("own", "unmasked", Line.Frame(Line.Text, "{\"action\":\"ping\"}"u8, masked: false), "1002");
        yield return One("own", "an unmasked ping", Line.Frame(Line.Ping, "x"u8, masked: false), "1002|1008");
        // Fewer bytes than a header with a mask: there is nothing to complain of yet, and time runs out.
        yield return One("own", "an unmasked ping of nothing", Line.Frame(Line.Ping, [], masked: false), "1002|1008");
        yield return One(
            "own", "a tebibyte is claimed", Line.Frame(Line.Text, new byte[Limit + 4096], claimed: 1UL << 40), "1009|1002|error");
        yield return One("own", "a negative length", [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4], "1002");
        yield return One("own", "one byte too many", Line.Frame(Line.Text, Padded(Limit + 1)), "error|1009");
        yield return One("own", "one byte too many in fragments", Join(Fragments(Padded(Limit + 1), 4096)), "error|1009");
        yield return One(
            "own", "a length in more bytes than it needs", [0x81, 0xFE, 0x00, 0x02, 0, 0, 0, 0, (byte)'{', (byte)'}'], "error|1002");
        yield return new("own", "a text byte by byte", Chop(PingText(), 1), "pong");
        yield return One("own", "binary inside a text", [.. head, .. Line.Frame(Line.Binary, [1])], "1002");
        yield return One("own", "a hundred empty fragments", Join([
            Line.TextFrame("", final: false),
            .. Enumerable.Range(0, 100).Select(_ => Line.Frame(Line.Continuation, [], final: false)),
            Line.Frame(Line.Continuation, "{\"action\":\"ping\"}"u8)]), "pong");
    }

    private static Case One(string number, string what, byte[] bytes, string expected) => new(number, what, [bytes], expected);

    private static IEnumerable<Case> Echoed(string number, byte[] bytes, bool all)
    {
        // Said as content, and heard again: control characters are escaped in JSON, whatever else stands as it is.
        // U+0000 is dropped.
        var content = "hello" + Encoding.UTF8.GetString(bytes).Replace("\0", "", StringComparison.Ordinal) + "world";
        byte[] text =
        [
            .. "{\"action\":\"send_message\",\"content\":\"hello"u8, .. bytes is [< 0x20] ? "\\u0000"u8.ToArray() : bytes, .. "world\"}"u8,
        ];
        yield return new(number, Convert.ToHexString(bytes), [Line.Frame(Line.Text, text)], "echo", content);
        if (!all)
            yield break;
        yield return new(number + " in fragments", Convert.ToHexString(bytes), [Join(Fragments(text, 1))], "echo", content);
        yield return new(number + " byte by byte", Convert.ToHexString(bytes), Chop(Line.Frame(Line.Text, text), 1), "echo", content);
    }

    private static IEnumerable<Case> Refused(string number, byte[] bytes, bool all)
    {
        yield return new(number, Convert.ToHexString(bytes), [Line.Frame(Line.Text, bytes)], "1007");
        if (!all)
            yield break;
        yield return new(
            number + " inside",
            Convert.ToHexString(bytes),
            [Line.Frame(Line.Text, [.. "{\"action\":\"send_message\",\"content\":\""u8, .. bytes, .. "\"}"u8])],
            "1007");
        yield return new(number + " in fragments", Convert.ToHexString(bytes), [Join(Fragments(bytes, 1))], "1007");
        yield return new(number + " byte by byte", Convert.ToHexString(bytes), Chop(Line.Frame(Line.Text, bytes), 1), "1007");
    }

    /// <summary>The sequences of Markus Kuhn's UTF-8 stress test, grouped and numbered as in that suite.</summary>
    private static IEnumerable<(string Number, byte[] Bytes, bool Valid)> Utf8()
    {
        var greek = "CEBAE1BDB9CF83CEBCCEB5";
        var surrogates = "EDA080 EDADBF EDAE80 EDAFBF EDB080 EDBE80 EDBFBF";
        var beyond =
            from plane in Enumerable.Range(1, 16)
            from low in (int[])[0xFFFE, 0xFFFF]
            select Convert.ToHexString(Encoding.UTF8.GetBytes(char.ConvertFromUtf32((plane << 16) | low)));
        string[] nonCharacters = ["EFBFBE", "EFBFBF", .. beyond];
        var lonely =
            from range in ((int From, int To)[])[(0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xF7), (0xF8, 0xFB), (0xFC, 0xFD)]
            let firsts = Enumerable.Range(range.From, range.To - range.From)
            select Convert.ToHexString([.. firsts.SelectMany(each => (byte[])[(byte)each, 0x20])]);
        var pairs =
            from high in (string[])["EDA080", "EDADBF", "EDAE80", "EDAFBF"]
            from low in (string[])["EDB080", "EDBFBF"]
            select high + low;
        var incomplete = (string[])["C0", "E080", "F08080", "F8808080", "FC80808080", "DF", "EFBF", "F7BFBF", "FBBFBFBF", "FDBFBFBFBF"];
        (bool Valid, string[] All)[] groups =
        [
            (true, ["24", "C2A2", "E282AC", "F0A4ADA2", greek]),
            (true, ["CEBA", "CEBAE1BDB9", "CEBAE1BDB9CF83", "CEBAE1BDB9CF83CEBC", greek]),
            (false, ["CE", "CEBAE1", "CEBAE1BD", "CEBAE1BDB9CF", "CEBAE1BDB9CF83CE", "CEBAE1BDB9CF83CEBCCE"]),
            (true, ["00", "C280", "E0A080", "F0908080"]),
            (false, ["F888808080", "FC8480808080"]),
            (true, ["7F", "DFBF", "EFBFBF", "F48FBFBF"]),
            (false, ["F7BFBFBF", "FBBFBFBFBF", "FDBFBFBFBFBF"]),
            (true, ["ED9FBF", "EE8080", "EFBFBD", "F48FBFBF"]),
            (false, ["F4908080"]),
            (false, [
                "80", "BF", "80BF", "80BF80", "80BF80BF", "80BF80BF80", "80BF80BF80BF",
                Convert.ToHexString([.. Enumerable.Range(0x80, 0x3F).Select(each => (byte)each)])]),
            (false, [.. lonely]),
            (false, incomplete),
            (false, [string.Concat(incomplete)]),
            (false, ["FE", "FF", "FEFEFFFF"]),
            (false, ["C0AF", "E080AF", "F08080AF", "F8808080AF", "FC80808080AF"]),
            (false, ["C1BF", "E09FBF", "F08FBFBF", "F887BFBFBF", "FC83BFBFBFBF"]),
            (false, ["C080", "E08080", "F0808080", "F880808080", "FC8080808080"]),
            (false, surrogates.Split(' ')),
            (false, [.. pairs]),
            (true, nonCharacters),
            (true, ["EFBFB9", "EFBFBA", "EFBFBB", "EFBFBC", "EFBFBD", "EFBFBE", "EFBFBF"]),
        ];
        for (var group = 0; group < groups.Length; group++)
        {
            for (var each = 0; each < groups[group].All.Length; each++)
                yield return ($"6.{group + 2}.{each + 1}", Convert.FromHexString(groups[group].All[each]), groups[group].Valid);
        }
    }

    private static byte[] PingText() => Line.TextFrame("{\"action\":\"ping\"}");

    private static byte[] Padded(int length) => length == 0 ? [] : Encoding.ASCII.GetBytes("{\"action\":\"ping\"}".PadRight(length));

    private static byte[] Same(byte value, int count) => [.. Enumerable.Repeat(value, count)];

    private static byte[] Closing(int code, ReadOnlySpan<byte> reason = default) =>
        Line.Frame(Line.Close, [(byte)(code >> 8), (byte)code, .. reason]);

    private static byte[] Join(IEnumerable<byte[]> parts) => [.. parts.SelectMany(part => part)];

    private static IReadOnlyList<byte[]> Chop(byte[] bytes, int length) => [.. bytes.Chunk(length)];

    private static IEnumerable<byte[]> Fragments(byte[] text, int length)
    {
        var parts = text.Chunk(length).ToList();
        return parts.Select((part, index) => Line.Frame(index == 0 ? Line.Text : Line.Continuation, part, final: index == parts.Count - 1));
    }
}
