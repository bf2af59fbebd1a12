namespace LeanChat.People;

/// <summary>
/// Which admins have a dashboard in sight, and when each of them last used one. <see cref="AdminUseKeeper"/> keeps it
/// over a restart.
/// </summary>
internal sealed class AdminActivity(TimeProvider clock)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<string, int> _visible = [];
    private readonly Dictionary<string, DateTimeOffset> _usedAt = [];

    /// <summary>Raised after every change.</summary>
    public event Action? Changed;

    /// <summary>Whether any admin has a dashboard in sight.</summary>
    public bool IsAnyVisible
    {
        get
        {
            lock (_changing)
                return _visible.Count > 0;
        }
    }

    /// <summary>When any admin last used a dashboard; null: nobody who is signed in has.</summary>
    public DateTimeOffset? LastUsedAt
    {
        get
        {
            lock (_changing)
                return _usedAt.Count > 0 ? _usedAt.Values.Max() : null;
        }
    }

    /// <summary>Whether one of this admin's dashboards is in sight.</summary>
    public bool IsVisible(string adminId)
    {
        lock (_changing)
            return _visible.ContainsKey(adminId);
    }

    /// <summary>When this admin last used a dashboard; null: not since the last sign-out.</summary>
    public DateTimeOffset? UsedAt(string adminId)
    {
        lock (_changing)
            return _usedAt.TryGetValue(adminId, out var at) ? at : null;
    }

    /// <summary>One more dashboard of this admin is in sight; each call needs its <see cref="Hide"/>.</summary>
    public void Show(string adminId) => Change(() =>
    {
        _visible[adminId] = _visible.GetValueOrDefault(adminId) + 1;
        _usedAt[adminId] = clock.GetUtcNow();
    });

    /// <summary>One dashboard less. The admin used it until now, or has signed out of it.</summary>
    public void Hide(string adminId, bool signedOut) => Change(() =>
    {
        if (_visible[adminId] == 1)
            _visible.Remove(adminId);
        else
            _visible[adminId]--;
        if (signedOut)
            _usedAt.Remove(adminId);
        else
            _usedAt[adminId] = clock.GetUtcNow();
    });

    /// <summary>This admin has signed out: what they did before no longer says that they are there.</summary>
    public void SignOut(string adminId) => Change(() => _usedAt.Remove(adminId));

    /// <summary>What was known before the start, but nothing later than now.</summary>
    public void Restore(IEnumerable<(string AdminId, DateTimeOffset At)> used) => Change(() =>
    {
        foreach (var (adminId, at) in used)
            _usedAt.TryAdd(adminId, at < clock.GetUtcNow() ? at : clock.GetUtcNow());
    });

    /// <summary>When each admin last used a dashboard.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> All()
    {
        lock (_changing)
            return new Dictionary<string, DateTimeOffset>(_usedAt);
    }

    /// <summary>This admin has done something in a dashboard.</summary>
    public void Use(string adminId) => Change(() => _usedAt[adminId] = clock.GetUtcNow());

    private void Change(Action change)
    {
        lock (_changing)
            change();
        Changed?.Invoke();
    }
}
