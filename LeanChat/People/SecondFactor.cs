using System.Data.Common;
using System.Security.Cryptography;
using LeanChat.Configuration;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>
/// The second factor of an admin: the codes of an app, and ten codes for who has lost it. The key is sealed; of the ten codes only hashes
/// are stored.
/// </summary>
internal sealed class SecondFactor(CurrentSettings settings)
{
    private const int RecoveryCodes = 10;

    /// <summary>80 bits: nobody guesses such a code, so that a fast hash of it is enough.</summary>
    private const int RecoveryBytes = 10;

    /// <summary>Whether a code is asked for at sign-in.</summary>
    public static bool IsOn(DbConnection connection, string adminId) =>
        TotpStore.Find(connection, adminId) is { ConfirmedAt: not null };

    /// <summary>Makes a key and stores it. Nothing changes before it is confirmed. Null while one is in use.</summary>
    public string? Begin(Transaction tx, string adminId)
    {
        if (IsOn(tx.Connection, adminId))
            return null;
        var key = RandomNumberGenerator.GetBytes(Totp.KeyLength);
        TotpStore.Put(tx, adminId, settings.Seal(NameOf(adminId), Convert.ToHexStringLower(key)));
        return Base32.Encode(key);
    }

    /// <summary>Whether a key waits to be confirmed.</summary>
    public static bool IsBegun(DbConnection connection, string adminId) =>
        TotpStore.Find(connection, adminId) is { ConfirmedAt: null };

    /// <summary>Turns it on with a first code; returns the ten codes for who loses the app, null if the code is wrong.</summary>
    public IReadOnlyList<string>? Confirm(Transaction tx, string adminId, string code)
    {
        if (!TryUseCode(tx, adminId, code))
            return null;
        TotpStore.Confirm(tx, adminId);
        var codes = Enumerable.Range(0, RecoveryCodes).Select(_ => NewRecoveryCode()).ToList();
        foreach (var each in codes)
            TotpStore.AddRecovery(tx, adminId, HashOf(adminId, each));
        return codes;
    }

    /// <summary>Uses a code of the app, or one of the ten; false if it is wrong or was used.</summary>
    public bool TryUse(Transaction tx, string adminId, string code) =>
        TryUseCode(tx, adminId, code) || TotpStore.TakeRecovery(tx, adminId, HashOf(adminId, code));

    private bool TryUseCode(Transaction tx, string adminId, string code)
    {
        if (TotpStore.Find(tx.Connection, adminId) is not { } stored || settings.TryUnseal(NameOf(adminId), stored.Secret) is not { } key
            || Totp.StepOf(Convert.FromHexString(key), Bare(code), tx.Now, stored.LastStep) is not { } step)
            return false;
        TotpStore.SetLastStep(tx, adminId, step);
        return true;
    }

    private static string NewRecoveryCode() =>
        string.Join('-', Base32.Encode(RandomNumberGenerator.GetBytes(RecoveryBytes)).Chunk(4).Select(part => new string(part)));

    /// <summary>Without what people put between the characters, and however they type the letters.</summary>
    private static string Bare(string code) => string.Concat(code.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();

    private static string HashOf(string adminId, string code) => Sessions.Hash($"{adminId} {Bare(code)}");

    private static string NameOf(string adminId) => "Totp:" + adminId;
}
