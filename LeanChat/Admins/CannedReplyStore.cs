using System.Data.Common;
using Dapper;
using LeanChat.Storage;

namespace LeanChat.Admins;

/// <summary>The table of canned replies.</summary>
internal static class CannedReplyStore
{
    /// <summary>All of them, by their shortcuts.</summary>
    public static IReadOnlyList<CannedReply> All(DbConnection connection) =>
        connection.Query<CannedReply>("select id, shortcut, content from canned_replies order by shortcut").ToList();

    /// <summary>Adds a reply; false if its shortcut is taken.</summary>
    public static bool Add(Transaction tx, CannedReply reply) => tx.Connection.Execute(
        """
        insert into canned_replies (id, shortcut, content, created_at) values (@Id, @Shortcut, @Content, @At)
        on conflict (shortcut) do nothing
        """,
        new { reply.Id, reply.Shortcut, reply.Content, tx.At }) > 0;

    /// <summary>Whether another reply has this one's shortcut.</summary>
    public static bool IsTaken(DbConnection connection, CannedReply reply) => connection.QueryFirst<bool>(
        "select exists (select 1 from canned_replies where shortcut = @Shortcut and id <> @Id)", new { reply.Shortcut, reply.Id });

    /// <summary>Changes a reply; false if there is none with this id.</summary>
    public static bool Change(Transaction tx, CannedReply reply) => tx.Connection.Execute(
        "update canned_replies set shortcut = @Shortcut, content = @Content where id = @Id",
        new { reply.Shortcut, reply.Content, reply.Id }) > 0;

    /// <summary>Deletes a reply; false if there is none with this id.</summary>
    public static bool Remove(Transaction tx, string id) =>
        tx.Connection.Execute("delete from canned_replies where id = @id", new { id }) > 0;
}
