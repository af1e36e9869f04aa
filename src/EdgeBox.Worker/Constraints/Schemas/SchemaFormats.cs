namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>The formats that texts are held to; every other is an annotation, as the standard has it.</summary>
internal static class SchemaFormats
{
    private const string Hour = "([01][0-9]|2[0-3])";
    private const string Time = $"{Hour}:[0-5][0-9]:[0-5][0-9](\\.[0-9]{{1,9}})?(Z|[+-]{Hour}:[0-5][0-9])";
    private const string Byte = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private const string Leap = "([0-9][0-9](0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";

    // Months of 31 and of 30 days, February, and its last day in leap years.
    private const string Date =
        $"([0-9]{{4}}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|{Leap}-02-29)";

    /// <summary>The regular expression of a format; null for an annotation.</summary>
    public static string? Find(string name) => name switch
    {
        "date" => $"^{Date}$",
        "time" => $"^{Time}$",
        "date-time" => $"^{Date}T{Time}$",
        "uuid" => "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        "ipv4" => $"^{Byte}\\.{Byte}\\.{Byte}\\.{Byte}$",
        _ => null,
    };
}
