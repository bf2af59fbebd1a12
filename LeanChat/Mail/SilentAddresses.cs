using LeanChat.Storage;

namespace LeanChat.Mail;

/// <summary>Which addresses get no letters, as people decide it: who gets them, and the owner.</summary>
internal sealed class SilentAddresses(Outbox outbox)
{
    /// <summary>No replies to this address any more.</summary>
    public void Unsubscribe(Transaction tx, string address)
    {
        SilentAddressStore.Unsubscribe(tx, address);
        outbox.RaiseTroubleChanged(tx);
    }

    /// <summary>Allows letters to this address again, unless the person unsubscribed.</summary>
    /// <returns>Why the address got none; null when it did get them.</returns>
    public string? Lift(Transaction tx, string address)
    {
        var reason = SilentAddressStore.ReasonOf(tx, address);
        SilentAddressStore.Lift(tx, address);
        outbox.RaiseTroubleChanged(tx);
        return reason;
    }
}
