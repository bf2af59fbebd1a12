using LeanChat.Configuration;
using LeanChat.Storage;

namespace LeanChat.Push;

/// <summary>Notifications that wait. They are scheduled and dropped in the transaction of the message that causes it.</summary>
internal sealed class PushQueue(CurrentSettings settings)
{
    /// <summary>Raised when a notification is added, which may be due before the others.</summary>
    public event Action? Added;

    /// <summary>A user has written. If no admin looks at the chat in time, the admins are notified.</summary>
    public void UserSaid(Transaction tx, string chatId)
    {
        if (!PushStore.HasDevices(tx))
            return;
        PushStore.Schedule(tx, chatId, tx.Now + settings.Value.Duration("Push:Delay"));
        tx.AfterCommit(() => Added?.Invoke());
    }

    /// <summary>An admin has looked at the chat.</summary>
    public static void AdminSaw(Transaction tx, string chatId)
    {
        if (PushStore.HasDevices(tx))
            PushStore.Drop(tx, chatId);
    }
}
