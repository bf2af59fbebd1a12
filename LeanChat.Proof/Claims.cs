namespace LeanChat.Proof;

/// <summary>All that is promised and tried here.</summary>
internal static class Claims
{
    public static readonly IReadOnlyList<Claim> All =
    [
        ExactlyOnce.Claim, ExactlyOnce.Resume, Kills.Claim, PowerCuts.Claim, PowerCuts.Birth, Migration.Claim, Conformance.Claim,
        Fuzz.Frames, Fuzz.Http, DialectFuzz.Claim,
        Matrix.Claim, Restart.Claim, DiskFull.Claim, ClockJumps.Claim, BadFiles.Claim, Flood.Overload, Flood.Stuck,
        Secrets.Claim, Secrets.Erasure, SignIn.Claim, Letters.Claim, Letters.Secured, Answers.Claim,
        FileKills.Claim, FileFuzz.Claim, Webhooks.Claim, Soak.Claim,
    ];
}
