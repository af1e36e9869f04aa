using System.Collections.Frozen;
using EdgeBox.V1;
using Google.Protobuf.Reflection;

namespace EdgeBox.Cli.Rendering;

/// <summary>What a reason means to the shell and to people.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Happened">What happened, when the box said nothing more exact.</param>
/// <param name="Advice">What to do.</param>
internal sealed record ReasonRow(int Code, string Happened, string Advice);

/// <summary>The only place that maps a reason, the box's or this program's, to an exit code and to words.</summary>
internal static class ExitCodes
{
    private const string Prefix = "ERROR_REASON_";

    private static readonly FrozenDictionary<string, ReasonRow> s_rows = new Dictionary<string, ReasonRow>
    {
        ["UNSPECIFIED"] = new(ExitCode.Defect, "The box gave no reason.", "Look into the box's log."),
        ["INTERNAL"] = new(ExitCode.Defect, "The box has a defect.", "Search the box's log for the incident and report it to the vendor."),
        ["MALFORMED_MESSAGE"] = new(ExitCode.Refused, "The box could not read the request.", "Use the edgeboxctl of the box's own release."),
        ["INVALID_ARGUMENT"] = new(ExitCode.Refused, "A value is not allowed.", "Change the value that is named and try again."),
        ["MESSAGE_TOO_LARGE"] = new(ExitCode.Refused, "The request is larger than the box takes.", "Send less text at once."),
        ["UNAUTHENTICATED"] = new(ExitCode.NotPermitted, "The box does not know you.", "Ask an administrator for a certificate (edgeboxctl access issue), or for membership of the group edgebox-client."),
        ["PERMISSION_DENIED"] = new(ExitCode.NotPermitted, "Your role does not allow this.", "See your role with: edgeboxctl access whoami. An administrator can give a higher one."),
        ["CERTIFICATE_REVOKED"] = new(ExitCode.NotPermitted, "Your certificate was revoked.", "Ask an administrator for a new one."),
        ["INVALID_SIGNING_REQUEST"] = new(ExitCode.Refused, "The signing request is not usable.", "Make one with: openssl req -new -newkey ed25519 -nodes -keyout NAME.key -out NAME.csr -subj /CN=NAME"),
        ["CERTIFICATE_NOT_FOUND"] = new(ExitCode.Refused, "No certificate has that name.", "See the names with: edgeboxctl access list"),
        ["CERTIFICATE_EXISTS"] = new(ExitCode.Refused, "A certificate of that name is in force.", "Choose another name, or revoke the old one: edgeboxctl access revoke NAME"),
        ["MODEL_NOT_FOUND"] = new(ExitCode.Refused, "No model has that name.", "See the names with: edgeboxctl model list"),
        ["MODEL_NOT_READY"] = new(ExitCode.Unavailable, "The model is not ready.", "See its state with: edgeboxctl model list. Load one with: edgeboxctl model load FILE"),
        ["MODEL_EXISTS"] = new(ExitCode.Refused, "A model of that name is loaded.", "Give another --name, or unload it first: edgeboxctl model unload NAME"),
        ["MODEL_FILE_UNREADABLE"] = new(ExitCode.Refused, "The model's file cannot be read.", "The path is one on the box, and the daemon's user must be able to read it."),
        ["MODEL_FILE_INVALID"] = new(ExitCode.Refused, "The file is no model that can be trusted.", "Get the file again from where it came from and compare its checksum."),
        ["MODEL_FILE_CHANGED"] = new(ExitCode.Refused, "The file changed while it was being loaded.", "Wait until nobody writes to it, then load it again."),
        ["MODEL_TOO_LARGE"] = new(ExitCode.Refused, "The model needs more memory than there is.", "Unload another model, or load it with a smaller --context or fewer --slots."),
        ["MODEL_LOAD_FAILED"] = new(ExitCode.Refused, "The engine refused the model.", "The detail says why; a file for another engine or release is the usual cause."),
        ["CHAT_NOT_SUPPORTED"] = new(ExitCode.Refused, "The model has no conversation format that the box knows.", "Use: edgeboxctl complete PROMPT"),
        ["EMBEDDINGS_NOT_SUPPORTED"] = new(ExitCode.Refused, "The model makes no embeddings.", "Choose a model that does with --model."),
        ["TASK_NOT_FOUND"] = new(ExitCode.Refused, "The model is set up for no task of that name.", "edgeboxctl task list tells the tasks."),
        ["RERANK_NOT_SUPPORTED"] = new(ExitCode.Refused, "The model does not score documents.", "Choose a model that does with --model: one that was made for ranking."),
        ["PROMPT_TOO_LONG"] = new(ExitCode.Refused, "The prompt has more tokens than fit; nothing was cut off.", "Shorten it, or load the model with a larger --context."),
        ["QUEUE_FULL"] = new(ExitCode.Unavailable, "As many requests wait as may.", "Try again in a moment."),
        ["WORKER_LOST"] = new(ExitCode.Unavailable, "The model's process died during the answer; what you have is all there is.", "Ask again: the box starts a new process by itself."),
        ["REQUEST_QUARANTINED"] = new(ExitCode.Refused, "The model's process died twice over this request, so the box refuses it.", "Change the request, or wait ten minutes; tell the vendor."),
        ["CLIENT_TOO_SLOW"] = new(ExitCode.Cancelled, "The answer was not read fast enough.", "Check what edgeboxctl writes to, and the network."),
        ["DEADLINE_EXCEEDED"] = new(ExitCode.Cancelled, "The time ran out.", "Give more with --timeout, or see what the box does: edgeboxctl status"),
        ["CANCELLED"] = new(ExitCode.Cancelled, "Cancelled.", ""),
        ["SHUTTING_DOWN"] = new(ExitCode.Unavailable, "The box is stopping and takes nothing new.", "Try again when it is back."),
        ["OPERATION_NOT_FOUND"] = new(ExitCode.Refused, "No operation has that name.", "See the names with: edgeboxctl operation list"),
        ["OPERATION_NOT_CANCELLABLE"] = new(ExitCode.Refused, "The operation has ended or cannot be cancelled.", "See how it ended with: edgeboxctl operation show NAME"),
        ["INTERRUPTED"] = new(ExitCode.Unavailable, "The box stopped before this was finished.", "Begin it again."),
        ["STORAGE_FULL"] = new(ExitCode.Unavailable, "The box's disk is full; nothing was changed.", "Free space under the path that is named."),
        ["STORAGE_FAILED"] = new(ExitCode.Unavailable, "The box cannot read or write its state.", "Check the disk under the path that is named, and the box's log."),
        ["AUDIT_CHAIN_BROKEN"] = new(ExitCode.Untrusted, "The audit log is not as it was written.", "Keep the box as it is and tell whoever answers for it."),
        ["NOT_SUPPORTED"] = new(ExitCode.Refused, "The box's release does not know this.", "Compare the releases: edgeboxctl version, edgeboxctl status"),
        ["RUNTIME_PACK_INVALID"] = new(ExitCode.Unavailable, "The engine's files are missing or not those of this release.", "Install EdgeBox again."),
        ["WORKER_START_FAILED"] = new(ExitCode.Unavailable, "The model's process could not be started.", "See: edgeboxctl model show NAME, and the box's log."),
        ["WORKER_BACKING_OFF"] = new(ExitCode.Unavailable, "The model's process keeps dying; the box waits before it tries again.", "See why with: edgeboxctl model show NAME"),
        ["MODEL_BUSY"] = new(ExitCode.Refused, "The model is in use.", "Wait until its requests have ended: edgeboxctl status"),
        ["MODEL_QUARANTINED"] = new(ExitCode.Unavailable, "The box will not load the model.", "See why with: edgeboxctl model show NAME. Once it is mended: edgeboxctl model verify NAME"),
        ["ALIAS_NOT_FOUND"] = new(ExitCode.Refused, "There is no such alias.", "See the aliases with: edgeboxctl model alias"),
        ["NOTHING_TO_ROLL_BACK"] = new(ExitCode.Refused, "The alias meant nothing before.", "Move it to a model that you name: edgeboxctl model alias ALIAS MODEL"),
        ["MANIFEST_INVALID"] = new(ExitCode.Refused, "The model's manifest cannot be used.", "Mend the field that is named, in edgebox-model.json."),
        ["MODEL_CORRUPT"] = new(ExitCode.Untrusted, "The model's bytes are not what they should be.", "Copy it onto the stick again and compare its checksum; if it was good when it was imported, check the disk."),
        ["ACCEPTANCE_FAILED"] = new(ExitCode.Refused, "The model did not pass its acceptance suite; nothing was changed.", "See what failed with: edgeboxctl model report"),
        ["SUITE_INVALID"] = new(ExitCode.Refused, "The acceptance suite cannot be used.", "Mend the line that is named."),
        ["REPORT_NOT_FOUND"] = new(ExitCode.Refused, "There is no such report.", "See the reports with: edgeboxctl model report"),
        ["STORE_FULL"] = new(ExitCode.Refused, "There is too little room for the model; nothing was copied.", "Remove a model that nobody needs: edgeboxctl model remove NAME"),
        ["IMPORT_UNDER_WAY"] = new(ExitCode.Refused, "The same model is being imported already.", "Wait for it: edgeboxctl operation list"),
        ["KEY_REVOKED"] = new(ExitCode.NotPermitted, "Your API key was revoked.", "Ask an administrator for a new one."),
        ["KEY_NOT_FOUND"] = new(ExitCode.Refused, "No API key has that name.", "See the names with: edgeboxctl access list-keys"),
        ["KEY_EXISTS"] = new(ExitCode.Refused, "An API key of that name is in force.", "Choose another name, or revoke the old one: edgeboxctl access revoke-key NAME"),
        ["QUOTA_EXCEEDED"] = new(ExitCode.Unavailable, "The API key has used as much as it may.", "Try again later; see what it used with: edgeboxctl access usage"),
        [ClientReasons.Usage] = new(ExitCode.Usage, "The command line cannot be understood.", "See: edgeboxctl --help"),
        [ClientReasons.Unreachable] = new(ExitCode.Unavailable, "No box answers.", "Check that the daemon runs and that --endpoint is right."),
        [ClientReasons.ConnectionLost] = new(ExitCode.Unavailable, "The connection to the box broke.", "Try again; if it breaks again, look at: edgeboxctl status"),
        [ClientReasons.BoxNotTrusted] = new(ExitCode.Untrusted, "The box could not prove who it is.", "Compare ca.crt with the box's own, or use the host name that its certificate has."),
        [ClientReasons.CredentialsMissing] = new(ExitCode.NotPermitted, "Over the network a client certificate is needed.", "Get one on the box with: edgeboxctl access issue NAME --role client --out DIR. Then use --credentials DIR."),
        [ClientReasons.CredentialsUnusable] = new(ExitCode.NotPermitted, "A credential file cannot be used.", "It must be PEM, readable by you, and the key must belong to the certificate."),
        [ClientReasons.FileExists] = new(ExitCode.Refused, "A file is in the way.", "Move it, or choose another directory with --out."),
        [ClientReasons.FileUnusable] = new(ExitCode.Refused, "A file cannot be read or written.", "Check its path and who may use it."),
        [ClientReasons.NotVerified] = new(ExitCode.Untrusted, "The answer did not pass every check.", "Give more --attempts, ask otherwise, or see whether the check asks for what can be."),
        [ClientReasons.InvalidText] = new(ExitCode.Refused, "The text is not valid UTF-8.", "Convert it first, e.g. with: iconv -t UTF-8"),
    }.ToFrozenDictionary();

    /// <summary>The row of a reason; a reason of a newer release is treated as a refusal.</summary>
    /// <param name="reason">With or without the prefix ERROR_REASON_.</param>
    public static ReasonRow For(string reason)
        => s_rows.GetValueOrDefault(Short(reason))
        ?? new ReasonRow(ExitCode.Refused, $"The box refused ({Short(reason)}).", "The box's release is newer than this program's.");

    /// <summary>Whether there is a row for the reason.</summary>
    public static bool Has(ErrorReason reason) => s_rows.ContainsKey(NameOf(reason));

    /// <summary>Every reason with its row.</summary>
    public static IEnumerable<KeyValuePair<string, ReasonRow>> Rows => s_rows;

    /// <summary>The reason as it is told to programs, e.g. MODEL_NOT_FOUND.</summary>
    public static string NameOf(ErrorReason reason)
        => Short(ErrorsReflection.Descriptor.FindTypeByName<EnumDescriptor>(nameof(ErrorReason)).FindValueByNumber((int)reason)?.Name ?? "UNSPECIFIED");

    private static string Short(string reason) => reason.StartsWith(Prefix, StringComparison.Ordinal) ? reason[Prefix.Length..] : reason;
}
