using EdgeBox.Daemon.Models.Acceptance;
using EdgeBox.Daemon.Models.History;
using EdgeBox.Daemon.Models.Planning;

namespace EdgeBox.Daemon.Models;

/// <summary>What operators ask of models beside their state: what they would take, how they were tested, and what they did.</summary>
internal sealed record ModelRecords(AcceptanceRegistry Acceptance, HistoryKeeper History, ModelEstimates Estimates);
