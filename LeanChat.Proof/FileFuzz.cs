using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>Mutated pictures, documents, names, ranges and addresses of files.</summary>
internal static class FileFuzz
{
    private const int Workers = 8;

    private static readonly string[] Names =
    [
        "photo.png", "a.docx", "a.odt", "a.doc", "a.csv", "a.zip", "", ".", "..", "../../etc/passwd", "a\u0000b.png", "x\u202Egnp.exe",
        new('a', 5000), string.Concat(Enumerable.Repeat("😀.", 300)), "con", "a.png:stream", "%2e%2e%2f",
        "\uD800.png", "\r\nSet-Cookie: a=b",
    ];

    private static readonly string[] Ranges =
    [
        "bytes=0-0", "bytes=-1", "bytes=5-", "bytes=0-99999999999999999999", "bytes=9-1", "bytes=0-1,2-3,4-5", "bytes=", "bytes=-",
        "bytes=--1", "lines=0-1", "bytes=1-1,", "bytes= 0 - 1 ", "bytes=18446744073709551615-", "bytes=-0", "\t",
    ];

    public static readonly Claim Claim = new(
        "files-fuzz", "No mutated picture, name, range or address ends the server, fails unhandled or makes it grow",
        trial => Fuzz.RunAsync(
            trial, "files", FilesAsync, "Limits:AttachmentBytesPerDay=0", "Limits:AttachmentBytesInAll=0", "Attachments:Types=*/*"),
        new Defect("dies", "the server ends in the middle", IsQuick: true),
        new Defect("strict", "every refusal counts as a failure", IsQuick: true));

    private static async Task FilesAsync(Trial trial, Server server, string token, Fuzz.Suspects suspects)
    {
        byte[][] samples =
        [
            FileSamples.Png(40, 30, 6), FileSamples.Jpeg(40, 30, 6), FileSamples.Gif(), FileSamples.Webp(), FileSamples.Avif(40, 30, true),
            FileSamples.Pdf, FileSamples.Docx, FileSamples.Odt, FileSamples.Ole("WordDocument"),
            FileSamples.Zip(("a", "b"), ("META-INF/MANIFEST.MF", "c")), "Größe;Preis\n"u8.ToArray(),
        ];
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false, AllowAutoRedirect = false })
        {
            BaseAddress = server.Address,
        };
        var (total, sent, statuses) = (trial.Of(1500, 100_000), 0, new System.Collections.Concurrent.ConcurrentDictionary<int, int>());
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
        {
            var (chance, url) = (trial.Chance(worker), (string?)null);
            while (Interlocked.Increment(ref sent) <= total && !trial.IsSettled)
            {
                using var request = url is null || chance.Next(2) == 0 ? Upload(chance, samples, suspects, worker) : Read(chance, url);
                request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
                try
                {
                    using var answer = await http.SendAsync(request);
                    var (status, text) = ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
                    statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
                    trial.Check(
                        status < 500 && !(trial.Has("strict") && status >= 400), $"{request.Method} {request.RequestUri}: {status} {text}");
                    if (status == 201)
                        url = (string?)JsonNode.Parse(text)!["url"];
                }
                catch (HttpRequestException) when (server.IsRunning)
                {
                    // A broken request may be answered by the end of the connection.
                    statuses.AddOrUpdate(0, 1, (_, count) => count + 1);
                }
                catch (HttpRequestException e)
                {
                    trial.Fault("The server does not answer: " + e.Message);
                    return;
                }
            }
        }));
        trial.Figure("requests", Math.Min(sent, total));
        trial.Figure("answers", string.Join(", ", statuses.OrderBy(each => each.Key).Select(each => $"{each.Value} × {each.Key}")));
    }

    private static HttpRequestMessage Upload(Random chance, byte[][] samples, Fuzz.Suspects suspects, int worker)
    {
        var bytes = Mutate(chance, samples[chance.Next(samples.Length)], samples[chance.Next(samples.Length)]);
        suspects.Remember(worker, bytes);
        var name = Names[chance.Next(Names.Length)];
        if (chance.Next(3) == 0)
            name = new string([.. Enumerable.Range(0, chance.Next(40)).Select(_ => (char)chance.Next(0x300))]) + name;
        var query = chance.Next(8) == 0 ? "?name=%zz%ff%C0" : "?name=" + Uri.EscapeDataString(name.Replace('\uD800', '\uFFFD'));
        return new HttpRequestMessage(HttpMethod.Post, "/support_chat/attachments" + query) { Content = new ByteArrayContent(bytes) };
    }

    private static HttpRequestMessage Read(Random chance, string url)
    {
        if (chance.Next(3) == 0)
        {
            // Another address: a character of it is another one.
            var at = chance.Next("/files/".Length, url.Length);
            url = url[..at] + "0aZ-_%&=/.~"[chance.Next(11)] + url[(at + 1)..];
        }

        var request = new HttpRequestMessage(chance.Next(4) == 0 ? HttpMethod.Head : HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Range", chance.Next(2) == 0
            ? Ranges[chance.Next(Ranges.Length)]
            : $"bytes={chance.NextInt64(-10, 1000)}-{chance.NextInt64(-10, long.MaxValue)}");
        if (chance.Next(4) == 0)
            request.Headers.TryAddWithoutValidation("If-None-Match", chance.Next(2) == 0 ? "*" : "\"x\", W/\"y");
        return request;
    }

    /// <summary>Flips bits, writes great numbers, cuts, doubles, or joins with another.</summary>
    private static byte[] Mutate(Random chance, byte[] sample, byte[] other)
    {
        var bytes = (byte[])sample.Clone();
        for (var changes = chance.Next(6); changes > 0; changes--)
        {
            var at = chance.Next(bytes.Length);
            bytes[at] = chance.Next(4) switch
            {
                0 => (byte)(bytes[at] ^ (1 << chance.Next(8))),
                1 => 0xFF,
                2 => 0,
                _ => (byte)chance.Next(256),
            };
        }

        return chance.Next(6) switch
        {
            0 => bytes[..chance.Next(bytes.Length + 1)],
            1 => [.. bytes, .. other],
            2 => [.. bytes[..chance.Next(bytes.Length)], .. other[chance.Next(other.Length)..]],
            _ => bytes,
        };
    }
}
