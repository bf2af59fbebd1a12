namespace LeanChat.Bench;

/// <summary>What LeanChat must reach in a row of the table.</summary>
/// <param name="Limit">In the row's own unit, or a ratio.</param>
/// <param name="Against">What the ratio is taken to.</param>
internal sealed record Bar(double Limit, Against Against = Against.Nothing)
{
    public string Text(bool atLeast) => (atLeast ? "≥ " : "≤ ") + Figure.Format(Limit) + Against switch
    {
        Against.BestThatStores => " × best that stores",
        Against.Ws => " × ws",
        _ => "",
    };
}

/// <summary>What a bar is relative to.</summary>
internal enum Against
{
    /// <summary>Nothing: the limit is an absolute figure.</summary>
    Nothing,

    /// <summary>The best of the other peers that store.</summary>
    BestThatStores,

    /// <summary>The peer ws.</summary>
    Ws,
}
