namespace EdgeBox.Cli.Rendering;

/// <summary>Reasons that this program finds by itself, told like those of the box.</summary>
internal static class ClientReasons
{
    /// <summary>The command line cannot be understood.</summary>
    public const string Usage = "USAGE";

    /// <summary>Nothing answers at the endpoint.</summary>
    public const string Unreachable = "UNREACHABLE";

    /// <summary>The connection broke while the box was answering.</summary>
    public const string ConnectionLost = "CONNECTION_LOST";

    /// <summary>The box could not prove who it is.</summary>
    public const string BoxNotTrusted = "BOX_NOT_TRUSTED";

    /// <summary>A credential file is not there.</summary>
    public const string CredentialsMissing = "CREDENTIALS_MISSING";

    /// <summary>A credential file is there and of no use.</summary>
    public const string CredentialsUnusable = "CREDENTIALS_UNUSABLE";

    /// <summary>A file that would have been written exists.</summary>
    public const string FileExists = "FILE_EXISTS";

    /// <summary>A file cannot be read or written here.</summary>
    public const string FileUnusable = "FILE_UNUSABLE";

    /// <summary>The answer did not pass every check.</summary>
    public const string NotVerified = "NOT_VERIFIED";

    /// <summary>Text that is not UTF-8 was given.</summary>
    public const string InvalidText = "INVALID_TEXT";
}
