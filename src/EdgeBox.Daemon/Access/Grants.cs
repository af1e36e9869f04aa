using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Access;

/// <summary>Judges what certificates and API keys have in common: a role, and an end.</summary>
internal static class Grants
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMinutes(1);

    /// <summary>A role that can be granted.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT.</exception>
    public static Role RoleOf(Role role) => role is Role.Client or Role.Operator or Role.Admin
        ? role
        : throw new FailureException(ErrorReason.InvalidArgument, "role must be client, operator or admin.", ("field", "role"));

    /// <summary>When it ends; null: never.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT.</exception>
    public static DateTimeOffset? ExpiryOf(Duration? validFor, DateTimeOffset now)
    {
        if (validFor is null)
        {
            return null;
        }

        var seconds = validFor.Seconds;
        if (seconds < (long)s_shortest.TotalSeconds || seconds > (long)(BoxCertificates.Never - now).TotalSeconds)
        {
            throw new FailureException(
                ErrorReason.InvalidArgument,
                "valid_for must be at least one minute and end before the year 10000; leave it unset for what holds until it is revoked.",
                ("field", "valid_for"),
                ("limit", "60s"));
        }

        // Certificates count in whole seconds.
        return DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() + seconds);
    }
}
