namespace LeanChat.Storage;

/// <summary>Why the database failed.</summary>
internal enum StorageFailure
{
    /// <summary>The disk is full: nothing was stored; reads still work.</summary>
    Full,

    /// <summary>More writes wait than the queue holds; try again in a moment.</summary>
    Overloaded,

    /// <summary>The file is not ours, damaged, newer than this program, not writable, or in use.</summary>
    Refused,
}

/// <summary>A failure of the database that callers can report in useful words.</summary>
internal sealed class StorageException(StorageFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public StorageFailure Failure { get; } = failure;
}
