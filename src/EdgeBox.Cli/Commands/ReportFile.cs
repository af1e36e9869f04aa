using System.CommandLine;
using System.Text;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Cli.Commands;

/// <summary>Where a report page is written, and in which languages. Nothing is overwritten.</summary>
internal sealed class ReportFile
{
    private readonly Option<string?> _file = new("--html") { Description = "Write the report as a page to this file, to be read, printed and signed. Overwrites nothing.", HelpName = "FILE" };
    private readonly Option<string> _language = new("--language") { Description = "en, or zh: English with Chinese beside it.", HelpName = "en|zh", DefaultValueFactory = _ => "en" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _language.AcceptOnlyFromAmong("en", "zh");
        command.Add(_file);
        command.Add(_language);
    }

    /// <summary>Whether a page is wanted. Refuses a file that is there, before anything is done.</summary>
    /// <exception cref="CliFailure">It is there.</exception>
    public bool IsWanted(Session session) => PathOf(session) switch
    {
        null => false,
        { } path when File.Exists(path) => throw new CliFailure(ClientReasons.FileExists, $"{path} exists and is not overwritten.", ("path", path)),
        _ => true,
    };

    /// <summary>Writes the page, if one is wanted.</summary>
    public async Task WriteAsync(Session session, AcceptanceReport report)
    {
        if (PathOf(session) is not { } path)
        {
            return;
        }
        var page = ReportPage.Of(report, await BoxAsync(session), session.Parse.GetValue(_language) == "zh");
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await file.WriteAsync(Encoding.UTF8.GetBytes(page), session.Interrupts.Token);
        session.Note($"Written: {path}");
    }

    private string? PathOf(Session session) => session.Parse.GetValue(_file) is { } file ? Path.GetFullPath(file, session.Shell.Directory) : null;

    private static async Task<string> BoxAsync(Session session)
    {
        try
        {
            return (await new ApplianceService.ApplianceServiceClient(session.Channel.Invoker).GetStatusAsync(new GetStatusRequest(), session.Quick)).BoxId;
        }
        catch (RpcException)
        {
            return ""; // The report is what counts.
        }
    }
}
