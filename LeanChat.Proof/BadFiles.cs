using System.Security.Cryptography;
using System.Text;

namespace LeanChat.Proof;

/// <summary>Files that are damaged, foreign, newer, read-only or in use: refused in one line, and left as they are.</summary>
internal static class BadFiles
{
    public static readonly Claim Claim = new(
        "bad-files", "A file that cannot be used is refused within three seconds in one line, and left untouched", TryAsync,
        new Defect("good-file", "the file is a good one", IsQuick: true),
        new Defect("touched", "a byte of the file is changed meanwhile"));

    private static async Task TryAsync(Trial trial)
    {
        var refused = 0;
        var slowest = TimeSpan.Zero;
        await using var server = new Server();
        await server.StartAsync();
        var (token, _, _) = await server.ArriveAsync();
        for (var each = 0; each < 50; each++)
            await server.AsUserAsync(
                HttpMethod.Post,
                "/support_chat/messages",
                token,
                new System.Text.Json.Nodes.JsonObject { ["content"] = new string('x', 2000) + each });
        await server.StopAsync();
        var good = await File.ReadAllBytesAsync(server.File);
        var chance = trial.Chance();
        List<(string What, byte[] Bytes)> bad =
        [
            ("a letter", Encoding.ASCII.GetBytes("Dear reader,")), ("zeros", new byte[8192]), ("half a file", good[..(good.Length / 2)]),
            ("a file cut in a page", good[..(good.Length - 1000)]),
            ("another program's database", Patch(good, 68, 0x12)), ("a newer schema", Patch(good, 63, 0x7F)),
            ("a header alone", good[..100]),
            .. Enumerable.Range(0, trial.Of(2, 30)).Select(_ => ("pages of noise", Noise(good, chance))),
        ];
        if (trial.Has("good-file"))
            bad = [("a good file", good)];
        foreach (var (what, bytes) in bad)
        {
            foreach (var file in Directory.GetFiles(server.Data))
                File.Delete(file);
            await File.WriteAllBytesAsync(server.File, bytes);
            var before = Hash(server.File);
            var (code, took, said) = await server.StartInVainAsync();
            if (trial.Has("touched"))
                await File.AppendAllTextAsync(server.File, "x");
            server.Kill();
            var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            trial.Check(code == 1, $"{what}: it ended with {code}.");
            trial.Check(lines.Length == 1 && lines[0].Contains(server.File, StringComparison.Ordinal), $"{what}: it said {said}");
            trial.Check(Hash(server.File) == before, $"{what}: the file is another one.");
            slowest = took > slowest ? took : slowest;
            refused++;
        }

        foreach (var file in Directory.GetFiles(server.Data))
            File.Delete(file);
        await File.WriteAllBytesAsync(server.File, good);
        if (!trial.IsSettled)
        {
            foreach (var (what, took) in await TryOthersAsync(trial, server))
            {
                slowest = took > slowest ? took : slowest;
                trial.Figure(what + ", refused after ms", (int)took.TotalMilliseconds);
            }
        }

        trial.Figure("files refused", refused);
        trial.Figure("slowest, ms", (int)slowest.TotalMilliseconds);
        trial.Check(slowest < TimeSpan.FromSeconds(trial.IsLong ? 3 : 10), $"It took {slowest.TotalSeconds:0.0} s to refuse.");
    }

    /// <summary>A good file that may not be written, and one that another server has.</summary>
    private static async Task<List<(string What, TimeSpan Took)>> TryOthersAsync(Trial trial, Server server)
    {
        var all = new List<(string, TimeSpan)>();
        var before = Hash(server.File);
        if (Shadow.IsPossible)
        {
            using var shadow = new Shadow(server);
            // What open() answers on a file, or a file system, that is read-only: EACCES and EROFS.
            foreach (var (what, error) in ((string, long)[])[("a read-only file", 13), ("a read-only disk", 30)])
            {
                shadow.ReadOnly = error;
                all.Add((what, await RefuseAsync(what, server, server.File)));
                trial.Check(Hash(server.File) == before, $"{what}: the file is another one.");
            }

            server.Environment.Clear();
        }

        await server.StartAsync();
        await using var second = Server.Beside(server);
        all.Add(("a second instance", await RefuseAsync("a second instance", second, "Another leanchat is serving from " + server.Data)));
        var (token, _, _) = await server.ArriveAsync();
        var said = await server.AsUserAsync(
            HttpMethod.Post, "/support_chat/messages", token, new System.Text.Json.Nodes.JsonObject { ["content"] = "still here" });
        trial.Check(said.Status == 201, $"The first instance answers {said.Status} after the second has tried.");
        return all;

        async Task<TimeSpan> RefuseAsync(string what, Server who, string words)
        {
            var (code, took, told) = await who.StartInVainAsync();
            who.Kill();
            var lines = told.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            trial.Check(code == 1, $"{what}: it ended with {code}.");
            trial.Check(lines.Length == 1 && lines[0].Contains(words, StringComparison.Ordinal), $"{what}: it said {told}");
            return took;
        }
    }

    private static byte[] Patch(byte[] good, int at, byte value)
    {
        var bad = (byte[])good.Clone();
        bad[at] = value;
        return bad;
    }

    private static byte[] Noise(byte[] good, Random chance)
    {
        // The roots of the tables: pages that every start reads.
        var bad = (byte[])good.Clone();
        for (var page = 1; page < 12; page++)
            chance.NextBytes(bad.AsSpan(page * 4096, 4096));
        return bad;
    }

    private static string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
}
