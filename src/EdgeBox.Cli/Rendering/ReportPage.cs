using System.Globalization;
using System.Text;
using EdgeBox.V1;

namespace EdgeBox.Cli.Rendering;

/// <summary>Writes an acceptance report as one page that needs nothing else: to be read on a screen, printed and signed.</summary>
internal sealed class ReportPage
{
    // Nothing but the page's own style is ever loaded or run, whatever a text on it says.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'";

    private const string Style = """
        @page { size: A4; margin: 16mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; } }
        :root { color-scheme: light; }
        body { font: 10.5pt/1.4 "Noto Sans", "Noto Sans CJK SC", "DejaVu Sans", sans-serif; color: #111; background: #fff; max-width: 180mm; margin: 0 auto; padding: 6mm 4mm; }
        h1 { font-size: 20pt; margin: 0; } h2 { font-size: 13pt; margin: 7mm 0 2mm; border-bottom: 1px solid #111; break-after: avoid; }
        header { display: flex; justify-content: space-between; align-items: center; gap: 8mm; border-bottom: 3px solid #111; padding-bottom: 4mm; margin-bottom: 4mm; }
        .verdict { font-size: 24pt; font-weight: bold; border: 3px solid; padding: 1mm 5mm; text-align: center; white-space: nowrap; }
        .verdict span { display: block; font-size: 14pt; }
        .ok { color: #14602c; fill: #4a7d5a; } .bad { color: #a3161a; fill: #c0565a; }
        table { border-collapse: collapse; width: 100%; } thead { display: table-header-group; } tr { break-inside: avoid; }
        th, td { text-align: start; vertical-align: top; padding: 1mm 2mm; border-bottom: 1px solid #bbb; overflow-wrap: anywhere; }
        th { font-weight: 600; } thead th { border-bottom: 1.5px solid #111; vertical-align: bottom; } thead .name { width: 40%; } .facts th { width: 56mm; font-weight: normal; color: #444; }
        .number { text-align: end; font-variant-numeric: tabular-nums; } td.number { white-space: nowrap; } .mark { white-space: nowrap; font-weight: bold; }
        .hash { font: 8.5pt/1.4 "Noto Sans Mono", "DejaVu Sans Mono", monospace; }
        svg { width: 100%; height: auto; font-size: 11px; break-inside: auto; } svg text { fill: #111; }
        .case { break-inside: avoid-page; margin: 0 0 5mm; } .case h3 { font-size: 11pt; margin: 0 0 1mm; break-after: avoid; }
        .case th { width: 28mm; font-weight: normal; color: #444; } .text { white-space: pre-wrap; unicode-bidi: isolate; }
        details { margin: 2mm 0; } summary { font-weight: 600; cursor: pointer; } ul { margin: 0; padding: 0; list-style: none; }
        .signatures { display: flex; gap: 10mm; break-inside: avoid; margin-top: 4mm; } .signatures div { flex: 1; padding-top: 14mm; }
        .signatures p { border-top: 1px solid #111; margin: 0; padding-top: 1mm; font-size: 9pt; color: #444; }
        @media print { body { padding: 0; max-width: none; } details:not([open]) { display: none; } }
        """;

    private readonly StringBuilder _html = new();
    private readonly AcceptanceReport _report;
    private readonly ReportWords _say;

    private ReportPage(AcceptanceReport report, bool chinese) => (_report, _say) = (report, new ReportWords(chinese));

    /// <summary>The page.</summary>
    /// <param name="report">Whole.</param>
    /// <param name="box">The box's id; empty if it is not known.</param>
    /// <param name="chinese">Whether Chinese stands beside the English.</param>
    public static string Of(AcceptanceReport report, string box, bool chinese)
    {
        var page = new ReportPage(report, chinese);
        page.Head();
        page.Facts(box);
        page.Figures();
        page.Chart();
        page.Cases();
        page.Details();
        page.Signatures();
        return page._html.Append("</body>\n</html>\n").ToString();
    }

    private void Head()
    {
        var passed = _report.Verdict == AcceptanceVerdict.Passed;
        var title = ReportWords.Text($"Acceptance report: {Words.Short(_report.Model)}");
        _html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="{Policy}">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <header>
            <div><h1>{_say["Acceptance report"]}</h1>
            <div dir="auto">{ReportWords.Text(Words.Short(_report.Model))}</div></div>
            <div class="verdict {(passed ? "ok" : "bad")}">{_say[passed ? "PASSED" : "NOT PASSED"]}</div>
            </header>

            """);
    }

    private void Facts(string box)
    {
        _html.Append("<table class=\"facts\">\n");
        Row("Report", ReportWords.Text(_report.Name));
        Row("Box", ReportWords.Text(box));
        Row("Release", ReportWords.Text(_report.Version));
        Row("Model", ReportWords.Text(Words.Short(_report.Model)));
        Row("Weights, SHA-256", string.Join("<br>", _report.PartSha256.Select(Hash)));
        Row("Suite, SHA-256", $"{Hash(_report.SuiteSha256)} ({_say[_report.OwnSuite ? "brought by the model" : "brought by the customer"]})");
        Row("Date", Words.Time(_report.StartTime));
        Row("Duration", Words.Duration(_report.Duration));
        Row("Machine", ReportWords.Text(_report.Machine));
        Row("Loaded as", _report.Options is { } options ? Number($"{options.Slots} × {options.ContextTokens} tokens") : "");
        _html.Append("</table>\n");
    }

    private void Figures()
    {
        _html.Append(CultureInfo.InvariantCulture, $"<h2>{_say["Figures"]}</h2>\n<table class=\"facts\">\n");
        Row("Cases that passed", Number($"{_report.Passed} / {_report.Passed + _report.Failed}"));
        Row("Tokens per second, median", _report.TokensPerSecond > 0 ? Number($"{_report.TokensPerSecond:0.0}") : _say["not measured"]);
        Row("Time to first token, median", _report.FirstToken is null ? _say["not measured"] : Words.Precise(_report.FirstToken));
        Row("Time to first token, 95 of 100", _report.FirstTokenP95 is null ? _say["not measured"] : Words.Precise(_report.FirstTokenP95));
        Row("Tokens made", Number($"{_report.CompletionTokens:N0}"));
        Row("Tokens of prompts", Number($"{_report.PromptTokens:N0}"));
        Row("Joules of the GPU a token", _report.HasJoulesPerToken ? Number($"{_report.JoulesPerToken:0.000}") : _say["not measured"]);
        if (_report.HasCostPerMillionTokens)
        {
            Row("Cost of a million tokens", ReportWords.Text(Words.Money(_report.CostPerMillionTokens, _report.Cost?.Currency)));
        }
        _html.Append("</table>\n");
    }

    private void Chart()
    {
        if (SpeedChart.Of(_report.Results) is { Length: > 0 } chart)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<h2>{_say["Speed, case by case"]} ({_say["tokens per second"]})</h2>\n{chart}");
        }
    }

    private void Cases()
    {
        _html.Append(CultureInfo.InvariantCulture, $"""
            <h2>{_say["Cases"]}</h2>
            <table>
            <thead><tr><th class="number">#</th><th class="name">{_say["Case"]}</th><th>{_say["Verdict"]}</th><th class="number">{_say["Runs passed"]}</th><th class="number">{_say["Speed"]}</th><th class="number">{_say["First token"]}</th></tr></thead>
            <tbody>

            """);
        for (var i = 0; i < _report.Results.Count; i++)
        {
            var result = _report.Results[i];
            _html.Append(CultureInfo.InvariantCulture,
                $"<tr><td class=\"number\">{i + 1}</td><td dir=\"auto\">{ReportWords.Text(result.Name)}</td><td class=\"mark {(result.Passed ? "ok" : "bad")}\">{(result.Passed ? "✓" : "✗")} {_say[result.Passed ? "PASSED" : "NOT PASSED"]}</td>");
            _html.Append(CultureInfo.InvariantCulture,
                $"<td class=\"number\">{result.Passes} / {result.Runs}</td><td class=\"number\">{(result.TokensPerSecond > 0 ? Number($"{result.TokensPerSecond:0.0}") : "–")}</td><td class=\"number\">{(result.FirstToken is null ? "–" : Words.Precise(result.FirstToken))}</td></tr>\n");
        }
        _html.Append("</tbody>\n</table>\n");
    }

    private void Details()
    {
        var failed = _report.Results.Where(r => !r.Passed).ToList();
        if (failed.Count > 0)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<h2>{_say["What did not pass"]}</h2>\n");
            failed.ForEach(Detail);
        }
        if (failed.Count < _report.Results.Count)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<details>\n<summary>{_say["What passed"]}</summary>\n");
            _report.Results.Where(r => r.Passed).ToList().ForEach(Detail);
            _html.Append("</details>\n");
        }
    }

    private void Detail(AcceptanceResult result)
    {
        _html.Append(CultureInfo.InvariantCulture, $"<div class=\"case\"><h3 dir=\"auto\">{ReportWords.Text(result.Name)}</h3>\n<table>\n");
        Row("Could not be run", result.Problem is null ? "" : ReportWords.Text(Failures.Of(result.Problem).Message));
        Row("Checked", result.Checks.Count == 0 ? "" : "<ul>" + string.Concat(result.Checks.Select(check =>
            $"<li dir=\"auto\">{(check.Passed ? "✓" : "✗")} {ReportWords.Text(check.Name)}{(check.Problem.Length > 0 ? ": " + ReportWords.Text(check.Problem) : "")}</li>")) + "</ul>");
        Row("Asked", Quoted(result.Prompt));
        Row("Answered", Quoted(result.Answer));
        _html.Append("</table></div>\n");
    }

    private void Signatures()
    {
        _html.Append(CultureInfo.InvariantCulture, $"<h2>{_say["Signatures"]}</h2>\n<div class=\"signatures\">");
        foreach (var line in (string[])["For the customer", "For the supplier", "Place and date"])
        {
            _html.Append(CultureInfo.InvariantCulture, $"<div><p>{_say[line]}</p></div>");
        }
        _html.Append("</div>\n");
    }

    private static string Quoted(string text) => text.Length == 0 ? "" : $"<div class=\"text\" dir=\"auto\">{ReportWords.Text(text)}</div>";

    private static string Hash(string hash) => $"<span class=\"hash\">{ReportWords.Text(hash)}</span>";

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Row(string name, string html)
    {
        if (html.Length > 0)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<tr><th>{_say[name]}</th><td>{html}</td></tr>\n");
        }
    }
}
