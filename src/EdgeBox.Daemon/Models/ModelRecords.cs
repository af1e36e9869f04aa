using EdgeBox.Daemon.Models.Acceptance;
using EdgeBox.Daemon.Models.History;

namespace EdgeBox.Daemon.Models;

/// <summary>What the box remembers of its models: how they were tested, and what they did.</summary>
internal sealed record ModelRecords(AcceptanceRegistry Acceptance, HistoryKeeper History);
