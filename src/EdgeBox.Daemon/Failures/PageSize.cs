using System.Globalization;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Failures;

/// <summary>Reads the paging fields that every List call has; pages run from the newest number down.</summary>
internal static class PageSize
{
    /// <summary>How many rows to give.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: negative or above <paramref name="largest"/>.</exception>
    public static int Of(int asked, int usual, int largest) => asked switch
    {
        0 => usual,
        > 0 when asked <= largest => asked,
        _ => throw new FailureException(
            ErrorReason.InvalidArgument,
            string.Create(CultureInfo.InvariantCulture, $"page_size is {asked}; it may be 0 to {largest}."),
            ("field", "page_size"),
            ("value", asked.ToString(CultureInfo.InvariantCulture)),
            ("limit", largest.ToString(CultureInfo.InvariantCulture))),
    };

    /// <summary>The number below which the page starts.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: not a token of the page before.</exception>
    public static long Before(string token)
    {
        if (token.Length == 0)
        {
            return long.MaxValue;
        }

        return long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var before) && before > 0
            ? before
            : throw new FailureException(
                ErrorReason.InvalidArgument, "page_token is not one that this call returned; leave it empty for the first page.", ("field", "page_token"));
    }
}
