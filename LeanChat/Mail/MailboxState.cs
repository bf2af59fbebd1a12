using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>Whether the mailbox can be read, and how its test went. Known only while the server runs.</summary>
internal sealed class MailboxState(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private (string? Error, string? Since) _trouble;
    private (string KeyHash, string SentAt, string? AnsweredAt)? _test;

    /// <summary>Raised when one of them changes.</summary>
    public event Action? Changed;

    /// <summary>The mail server's words, and since when it says so; null while the mailbox can be read.</summary>
    public (string? Error, string? Since) Trouble
    {
        get
        {
            lock (_lock)
                return _trouble;
        }
    }

    /// <summary>The newest test; null: none since the start.</summary>
    public MailboxTest? Test
    {
        get
        {
            lock (_lock)
                return _test is { } test ? new MailboxTest(test.SentAt, test.AnsweredAt) : null;
        }
    }

    /// <summary>The mailbox could be read; or, with an error, could not.</summary>
    public void Set(string? error)
    {
        lock (_lock)
        {
            if (_trouble.Error == error)
                return;
            _trouble = (error, error is null ? null : _trouble.Since ?? UtcText.Of(clock.GetUtcNow()));
        }

        Changed?.Invoke();
    }

    /// <summary>A test e-mail with this key was sent to the mailbox.</summary>
    public void BeginTest(string key)
    {
        lock (_lock)
            _test = (ReplyKey.Hash(key), UtcText.Of(clock.GetUtcNow()), null);
        Changed?.Invoke();
    }

    /// <summary>Whether a mail belongs to the test; then the test has succeeded.</summary>
    public bool EndTest(IncomingMail mail)
    {
        lock (_lock)
        {
            if (_test is not { } test || !mail.AllKeys.Any(key => ReplyKey.Hash(key) == test.KeyHash))
                return false;
            _test = test with { AnsweredAt = test.AnsweredAt ?? UtcText.Of(clock.GetUtcNow()) };
        }

        Changed?.Invoke();
        return true;
    }
}

/// <summary>A test e-mail to the mailbox.</summary>
/// <param name="AnsweredAt">When it arrived; null: not yet.</param>
internal sealed record MailboxTest(string SentAt, string? AnsweredAt);
