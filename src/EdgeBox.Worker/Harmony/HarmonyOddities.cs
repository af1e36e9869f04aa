namespace EdgeBox.Worker.Harmony;

/// <summary>The names of what models do against harmony and what is read nonetheless; docs/formats-harmony.md explains each.</summary>
internal static class HarmonyOddities
{
    public const string NoHeader = "no_header";
    public const string NoStart = "no_start";
    public const string NoChannel = "no_channel";
    public const string NoMessage = "no_message";
    public const string NoEnd = "no_end";
    public const string NoAnswer = "no_answer";
    public const string UnknownChannel = "unknown_channel";
    public const string RepeatedChannel = "repeated_channel";
    public const string WordsInHeader = "words_in_header";
    public const string LongHeader = "long_header";
    public const string ForeignRole = "foreign_role";
    public const string UnknownRecipient = "unknown_recipient";
    public const string BareRecipient = "bare_recipient";
    public const string NoFunctionsPrefix = "no_functions_prefix";
    public const string UnwantedCall = "unwanted_call";
    public const string TextBetween = "text_between";
    public const string StraySign = "stray_sign";
}
