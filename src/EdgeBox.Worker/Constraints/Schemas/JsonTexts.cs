using System.Text.Json.Serialization;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Writes texts as JSON.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class JsonTexts : JsonSerializerContext;
