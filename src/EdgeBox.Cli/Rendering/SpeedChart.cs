using System.Globalization;
using System.Text;
using EdgeBox.Cli.Terminal;
using EdgeBox.V1;

namespace EdgeBox.Cli.Rendering;

/// <summary>Draws the speed of each case as a bar, in SVG that stands in a page.</summary>
internal static class SpeedChart
{
    private const int MostBars = 60;
    private const int RowHeight = 20;
    private const int NameWidth = 220;
    private const int BarWidth = 380;
    private const int ValueWidth = 80;
    private const int NameCharacters = 30;

    /// <summary>The chart of the cases that have a speed; of very many, the slowest. Empty if none has one.</summary>
    public static string Of(IEnumerable<AcceptanceResult> results)
    {
        var all = results.Where(r => r.TokensPerSecond > 0).ToList();
        var bars = all.Count > MostBars ? [.. all.OrderBy(r => r.TokensPerSecond).Take(MostBars)] : all;
        if (bars.Count == 0)
        {
            return "";
        }
        var most = bars.Max(r => r.TokensPerSecond);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {NameWidth + BarWidth + ValueWidth} {bars.Count * RowHeight}\" role=\"img\">\n");
        for (var i = 0; i < bars.Count; i++)
        {
            var (bar, top) = (bars[i], i * RowHeight);
            var width = bar.TokensPerSecond / most * BarWidth;
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{NameWidth - 8}\" y=\"{top + 14}\" text-anchor=\"end\">{ReportWords.Text(TerminalText.Shortened(bar.Name, NameCharacters))}</text>");
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{NameWidth}\" y=\"{top + 4}\" width=\"{width:0.#}\" height=\"{RowHeight - 8}\" class=\"{(bar.Passed ? "ok" : "bad")}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{NameWidth + width + 6:0.#}\" y=\"{top + 14}\">{bar.TokensPerSecond:0.0}</text>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }
}
