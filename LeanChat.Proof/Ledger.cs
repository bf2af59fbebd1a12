using System.Globalization;
using LeanChat.Chats;
using Microsoft.Data.Sqlite;

namespace LeanChat.Proof;

/// <summary>What was acknowledged, what is stored, and what each client shows: they must be one.</summary>
internal static class Ledger
{
    /// <summary>Compares the database of a server that is not running with what its clients remember.</summary>
    public static void Audit(Trial trial, Server server, IReadOnlyCollection<Client> clients)
    {
        var (stored, lost, doubled, gaps, different) = (0L, 0, 0, 0, 0);
        using var connection = Open(server.File);
        var integrity = (string)Ask(connection, "pragma integrity_check")!;
        trial.Check(integrity == "ok", "integrity_check: " + integrity);
        foreach (var client in clients)
        {
            var rows = new SortedDictionary<long, (string Id, string? ClientId, string Content)>();
            var seqOf = new Dictionary<string, long>();
            var time = "";
            using var command = connection.CreateCommand();
            command.CommandText =
                "select seq, id, client_id, content, created_at from support_messages "
                + "where chat = (select row from support_chats where id = @chat) order by seq";
            command.Parameters.AddWithValue("@chat", client.ChatId);
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var (seq, content) = (reader.GetInt64(0), reader.GetString(3));
                rows.Add(seq, (reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), content));
                gaps += seq == rows.Count ? 0 : 1;
                doubled += seqOf.TryAdd(content, seq) ? 0 : 1;
                trial.Check(string.CompareOrdinal(reader.GetString(4), time) > 0, $"{content} is not later than the message before it.");
                time = reader.GetString(4);
            }

            stored += rows.Count;
            lost += client.Acknowledged.Count(each => !seqOf.TryGetValue(each.Key, out var seq) || (each.Value >= 0 && seq != each.Value));
            different += client.Transcript.Count == rows.Count && client.Transcript.SequenceEqual(rows) ? 0 : 1;
            if (client.IsDone)
                trial.Check(seqOf.Count == client.Made, $"{client.Made} messages were said and {seqOf.Count} are stored.");
        }

        trial.Check(lost == 0, $"{lost} acknowledged messages are lost.");
        trial.Check(doubled == 0, $"{doubled} messages are stored twice.");
        trial.Check(gaps == 0, $"{gaps} gaps in seq.");
        trial.Check(different == 0, $"{different} clients show something else than the database.");
        trial.Figure("acknowledged", clients.Sum(client => client.Acknowledged.Count));
        trial.Figure("stored", stored);
        trial.Figure("lost", lost);
        trial.Figure("doubled", doubled);
        trial.Figure("gaps", gaps);
        trial.Figure("transcripts equal", $"{clients.Count - different} of {clients.Count}");
    }

    public static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    public static object? Ask(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar();
    }

    public static void Run(SqliteConnection connection, string statements)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statements;
        command.ExecuteNonQuery();
    }

    public static void Run(string file, string statements)
    {
        using var connection = Open(file);
        Run(connection, statements);
    }

    public static long Count(string file, string query)
    {
        using var connection = Open(file);
        return Convert.ToInt64(Ask(connection, query), CultureInfo.InvariantCulture);
    }
}
