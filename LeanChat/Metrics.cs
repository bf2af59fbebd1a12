using System.Globalization;
using System.Net;
using System.Text;
using Dapper;
using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;

namespace LeanChat;

/// <summary>/metrics in Prometheus' text format, for this machine and for whom `MetricsFor` names.</summary>
internal sealed class Metrics(Database database, Hub hub, Presence presence, CurrentSettings settings)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", (HttpContext context) => ServeAsync(context)).WithMetadata(Access.Operator);

    private async Task ServeAsync(HttpContext context)
    {
        if (!IsOperator(context.Connection.RemoteIpAddress))
        {
            await Answer.Refuse(context, Refusal.NotFound);
            return;
        }

        var stored = await database.ReadAsync(connection => connection.QueryFirst<Stored>(
            """
            select (select count(*) from support_chats) as chats, coalesce((select max(row) from support_messages), 0) as messages,
              (select count(*) from letters where state = 'waiting') as letters_waiting, (select count(*) from letters where state = 'sent') as letters_sent,
              (select count(*) from letters where state = 'failed') as letters_failed
            """));
        var text = new StringBuilder();
        Add(text, "leanchat_sockets", "gauge", "Open WebSockets.", hub.Count);
        Add(text, "leanchat_admin_online", "gauge", "1 while a dashboard is connected.", presence.AdminOnline ? 1 : 0);
        Add(text, "leanchat_chats", "gauge", "Chats in the database.", stored.Chats);
        Add(text, "leanchat_messages_total", "counter", "Messages ever stored.", stored.Messages);
        Add(text, "leanchat_writes_total", "counter", "Writes committed since the start.", database.Writes);
        Add(text, "leanchat_commits_total", "counter", "Groups of writes committed since the start, one fsync each.", database.Commits);
        Add(text, "leanchat_writes_waiting", "gauge", "Writes that wait for the next group.", database.Waiting);
        text.Append("# HELP leanchat_letters Letters by state.\n# TYPE leanchat_letters gauge\n");
        text.Append(CultureInfo.InvariantCulture, $"leanchat_letters{{state=\"waiting\"}} {stored.LettersWaiting}\n");
        text.Append(CultureInfo.InvariantCulture, $"leanchat_letters{{state=\"sent\"}} {stored.LettersSent}\n");
        text.Append(CultureInfo.InvariantCulture, $"leanchat_letters{{state=\"failed\"}} {stored.LettersFailed}\n");
        Add(text, "process_resident_memory_bytes", "gauge", "Resident memory.", Environment.WorkingSet);
        Add(text, "process_cpu_seconds_total", "counter", "CPU time spent.", Environment.CpuUsage.TotalTime.TotalSeconds);
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }

    private bool IsOperator(IPAddress? address)
    {
        if (address is null || IPAddress.IsLoopback(address))
            return true;
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return settings.Value.MetricsFor.Any(each =>
            IPNetwork.TryParse(each, out var network) ? network.Contains(plain) : IPAddress.TryParse(each, out var one) && one.Equals(plain));
    }

    private static void Add(StringBuilder text, string name, string type, string help, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n{name} {value}\n");

    internal sealed record Stored(long Chats, long Messages, long LettersWaiting, long LettersSent, long LettersFailed);
}
