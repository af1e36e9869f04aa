using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>A property with a name, as it is written.</summary>
internal sealed record ObjectProperty(Phrase Phrase, bool IsRequired);
