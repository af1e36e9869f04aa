namespace EdgeBox.Daemon.Access.Keys;

/// <summary>How a key stands to one of its limits.</summary>
/// <param name="Limit">How much it may use.</param>
/// <param name="Remaining">How much of that is left; never below zero.</param>
/// <param name="Reset">When all of it is there again, if nothing more is used.</param>
internal readonly record struct Allowance(ulong Limit, ulong Remaining, TimeSpan Reset)
{
    /// <summary>Of two limits the one that is sooner at its end; either may be missing.</summary>
    public static Allowance? Tighter(Allowance? one, Allowance? other) =>
        one is null || (other is { } second && second.Remaining < one.Value.Remaining) ? other : one;
}

/// <summary>What is left to a key: of a minute or of the day, whichever ends sooner.</summary>
/// <param name="Requests">Requests; null: it has no limit.</param>
/// <param name="Tokens">Tokens; null: it has no limit.</param>
internal readonly record struct KeyStanding(Allowance? Requests, Allowance? Tokens);
