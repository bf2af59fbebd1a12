using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>kill -9 and power cuts while files are uploaded and sent.</summary>
internal static class FileKills
{
    private const int Uploaders = 8;

    public static readonly Claim Claim = new(
        "files", "Kills and power cuts during uploads leave no acknowledged message without its bytes, and no orphan after a day", TryAsync,
        new Defect("forgets-bytes", "a chunk of an acknowledged file is deleted", IsQuick: true),
        new Defect("orphan", "a chunk belongs to no file", IsQuick: true),
        new Defect("no-sync", "an fsync of the log does nothing"));

    private static async Task TryAsync(Trial trial)
    {
        await using var server = new Server(
            [.. Server.Unlimited, "Limits:AttachmentBytesPerDay=0", "Limits:AttachmentBytesInAll=0"]);
        using var shadow = Shadow.IsPossible ? new Shadow(server) : null;
        shadow?.Begin();
        await server.StartAsync();
        var uploaders = new List<Uploader>();
        for (var number = 0; number < Uploaders; number++)
            uploaders.Add(new Uploader(trial, server, number, (await server.ArriveAsync()).Token));
        using var stop = new CancellationTokenSource();
        var living = Task.WhenAll(uploaders.Select(uploader => uploader.LiveAsync(stop.Token)));
        var (chance, kills, cuts, lost) = (trial.Chance(), 0, 0, 0L);
        var (mostKills, mostCuts) = (trial.Of(5, 200), shadow is null ? 0 : trial.Of(3, 100));
        while (kills + cuts < mostKills + mostCuts && !trial.IsSettled)
        {
            await Task.Delay(chance.Next(trial.Of(300, 900)) + 50);
            server.Kill();
            if (cuts < mostCuts && (kills >= mostKills || chance.Next(3) == 0))
            {
                cuts++;
                lost += shadow!.CutPower(chance, trial.Has("no-sync") ? "-wal" : null);
            }
            else
                kills++;
            shadow?.Begin();
            await server.StartAsync();
        }

        await Task.Delay(500);
        await stop.CancelAsync();
        await living;
        trial.Figure("kills", kills);
        trial.Figure("power cuts", cuts);
        trial.Figure("unsynced bytes taken away", lost);
        if (trial.Has("forgets-bytes"))
        {
            Ledger.Run(
                server.File,
                "delete from attachment_chunks where row = (select max(row) from attachment_chunks c "
                + "join attachments a on a.id = c.attachment_id where a.message_id is not null)");
        }

        foreach (var uploader in uploaders)
        {
            await uploader.CheckAsync();
            uploader.Dispose();
        }

        trial.Figure("uploads acknowledged", uploaders.Sum(uploader => uploader.Uploaded));
        trial.Figure("messages acknowledged", uploaders.Sum(uploader => uploader.Sent));
        trial.Figure("bytes compared", uploaders.Sum(uploader => uploader.Compared));
        trial.Check(uploaders.Sum(uploader => uploader.Sent) > 0, "No message was acknowledged: the trial proves nothing.");
        await ADayLaterAsync(trial, server);
        trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));
    }

    /// <summary>What no message took is gone, and every byte that is left belongs to a message.</summary>
    private static async Task ADayLaterAsync(Trial trial, Server server)
    {
        await server.StopAsync();
        Ledger.Run(server.File, "update attachments set created_at = '2026-01-01T00:00:00.000Z' where message_id is null");
        await server.StartAsync();
        for (var until = DateTime.UtcNow.AddSeconds(60); DateTime.UtcNow < until; await Task.Delay(100))
        {
            if (Count("select count(*) from attachments where message_id is null") + Count("select count(*) from erased_attachments") == 0)
                break;
        }

        await server.StopAsync();
        if (trial.Has("orphan"))
            Ledger.Run(server.File, "insert into attachment_chunks (attachment_id, number, bytes) values ('x', 0, x'00')");
        trial.Figure("orphans", Orphans());
        trial.Check(Orphans() == 0, $"{Orphans()} orphans after a day.");
        trial.Check(
            Count("select count(*) from attachments a where size <> "
                + "(select coalesce(sum(length(bytes)), 0) from attachment_chunks where attachment_id = a.id)") == 0,
            "A file has not all of its bytes.");
        trial.Check(
            Count("select bytes - (select coalesce(sum(size), 0) from attachments) from attachment_total") == 0,
            "The total of all files is not the sum of them.");

        long Orphans() => Count("select (select count(*) from attachments where message_id is null) + (select count(*) "
            + "from attachment_chunks where attachment_id not in (select id from attachments))");
        long Count(string query) => Ledger.Count(server.File, query);
    }

    /// <summary>One user who uploads and sends, and remembers what was acknowledged.</summary>
    private sealed class Uploader(Trial trial, Server server, int number, string token) : IDisposable
    {
        private readonly Random _chance = trial.Chance(number);
        private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false })
        {
            BaseAddress = server.Address,
            Timeout = TimeSpan.FromSeconds(10),
        };

        private readonly Dictionary<string, string> _files = [];
        private readonly Dictionary<string, string[]> _messages = [];
        private readonly Dictionary<string, string> _urls = [];

        public int Uploaded => _files.Count;

        public int Sent => _messages.Count;

        public long Compared { get; private set; }

        public async Task LiveAsync(CancellationToken stop)
        {
            for (var each = 0; !stop.IsCancellationRequested; each++)
            {
                var ids = new List<string>();
                for (var left = _chance.Next(1, 4); left > 0 && !stop.IsCancellationRequested; left--)
                {
                    if (await UploadAsync() is { } id)
                        ids.Add(id);
                }

                // Some are never sent.
                if (ids.Count > 0 && _chance.Next(4) != 0)
                    await SendAsync($"f{number}-{each}", [.. ids], stop);
            }
        }

        /// <summary>Every acknowledged message has its files, and every file its bytes.</summary>
        public async Task CheckAsync()
        {
            var text = await AskAsync(HttpMethod.Get, "/support_chat/messages?after=0&limit=200", null);
            var stored = new Dictionary<string, string[]>();
            for (var page = JsonNode.Parse(text!.Value.Body)!.AsArray(); page.Count > 0;)
            {
                foreach (var message in page)
                {
                    var files = message!["attachments"]!.AsArray();
                    stored[(string)message["client_id"]!] = [.. files.Select(file => (string)file!["id"]!)];
                    foreach (var file in files)
                        _urls[(string)file!["id"]!] = (string)file["url"]!;
                }

                var after = (long)page[^1]!["seq"]!;
                var more = await AskAsync(HttpMethod.Get, $"/support_chat/messages?after={after}&limit=200", null);
                page = JsonNode.Parse(more!.Value.Body)!.AsArray();
            }

            foreach (var (clientId, ids) in _messages)
                trial.Check(stored.GetValueOrDefault(clientId)?.SequenceEqual(ids) == true, $"{clientId} lost its message or its files.");
            foreach (var (id, hash) in _files)
            {
                using var answer = await _http.GetAsync(new Uri(_urls[id], UriKind.Relative));
                var bytes = answer.IsSuccessStatusCode ? await ReadAsync(answer) : [];
                Compared += bytes.Length;
                trial.Check(Convert.ToHexString(SHA256.HashData(bytes)) == hash, $"{id} was acknowledged and has not its bytes.");
            }
        }

        public void Dispose() => _http.Dispose();

        private static async Task<byte[]> ReadAsync(HttpResponseMessage answer)
        {
            try
            {
                return await answer.Content.ReadAsByteArrayAsync();
            }
            catch (HttpRequestException)
            {
                // Cut in the middle: bytes are missing.
                return [];
            }
        }

        private async Task<string?> UploadAsync()
        {
            var bytes = new byte[_chance.Next(1, 400_000)];
            for (var at = 0; at < bytes.Length; at++)
                bytes[at] = (byte)('a' + _chance.Next(26));
            var content = new ByteArrayContent(bytes);
            if (await AskAsync(HttpMethod.Post, "/support_chat/attachments?name=a.txt", content) is not (201, var body))
                return null;
            var file = JsonNode.Parse(body)!;
            var id = (string)file["id"]!;
            (_files[id], _urls[id]) = (Convert.ToHexString(SHA256.HashData(bytes)), (string)file["url"]!);
            return id;
        }

        private async Task SendAsync(string clientId, string[] ids, CancellationToken stop)
        {
            var body = new JsonObject
            {
                ["content"] = "",
                ["client_id"] = clientId,
                ["attachment_ids"] = new JsonArray([.. ids.Select(id => JsonValue.Create(id))]),
            }.ToJsonString();
            while (!stop.IsCancellationRequested)
            {
                var content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
                if (await AskAsync(HttpMethod.Post, "/support_chat/messages", content) is var (status, text))
                {
                    if (trial.Check(status is 200 or 201, string.Create(
                        CultureInfo.InvariantCulture, $"{clientId} was answered {status} although its files were acknowledged: {text}")))
                        _messages[clientId] = ids;
                    return;
                }

                await Task.Delay(20, CancellationToken.None);
            }
        }

        /// <summary>Null: the server died.</summary>
        private async Task<(int Status, string Body)?> AskAsync(HttpMethod method, string path, HttpContent? content)
        {
            try
            {
                using var request = new HttpRequestMessage(method, path) { Content = content };
                request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
                request.Headers.TryAddWithoutValidation("Origin", Client.Website);
                using var answer = await _http.SendAsync(request);
                return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
            {
                // It was killed meanwhile.
                await Task.Delay(20, CancellationToken.None);
                return null;
            }
        }
    }
}
