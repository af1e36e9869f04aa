using System.Globalization;
using EdgeBox.Daemon.Storage;

namespace EdgeBox.Daemon.Audit;

/// <summary>The newest audit record that was known of, in a private file beside the database: a witness that the chain was not cut short.</summary>
internal sealed class AuditHeadFile(StateDirectory state)
{
    private const string Mark = "edgebox-audit-head";

    /// <summary>What the file remembers; null if there is none or it cannot be understood.</summary>
    public AuditHead? Read() =>
        StateDirectory.ReadPrivateText(state.AuditHeadFile)?.TrimEnd('\n').Split(' ') is [Mark, var sequence, { Length: 64 } hash]
        && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new AuditHead(number, hash)
            : null;

    /// <summary>Replaces what the file remembers.</summary>
    public void Write(AuditHead head) =>
        StateDirectory.WritePrivateText(state.AuditHeadFile, string.Create(CultureInfo.InvariantCulture, $"{Mark} {head.Sequence} {head.Hash}\n"));
}
