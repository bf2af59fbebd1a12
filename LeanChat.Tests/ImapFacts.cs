using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>Skipped by name where Dovecot is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ImapFactAttribute : FactAttribute
{
    public ImapFactAttribute()
    {
        if (!ImapServer.IsPossible)
            Skip = "Dovecot is not installed here (apt-get install dovecot-imapd)";
    }
}

/// <summary>The same for a story with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ImapTheoryAttribute : TheoryAttribute
{
    public ImapTheoryAttribute()
    {
        if (!ImapServer.IsPossible)
            Skip = "Dovecot is not installed here (apt-get install dovecot-imapd)";
    }
}
