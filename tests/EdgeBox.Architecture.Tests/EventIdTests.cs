using System.Globalization;
using EdgeBox.Architecture.Tests.Tree;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeBox.Architecture.Tests;

/// <summary>Log event ids: one number, one meaning, for as long as there are logs. A feature has a block.</summary>
public sealed class EventIdTests
{
    private static readonly Dictionary<string, (int First, int Last)> s_blocks = new(StringComparer.Ordinal)
    {
        ["EdgeBox.Daemon/Failures"] = (10, 99),
        ["EdgeBox.Daemon/Hosting"] = (100, 199),
        ["EdgeBox.Daemon/Time"] = (100, 199),
        ["EdgeBox.Daemon/Access"] = (200, 299),
        ["EdgeBox.Daemon/Audit"] = (300, 399),
        ["EdgeBox.Daemon/Operations"] = (400, 499),
        ["EdgeBox.Daemon/Storage"] = (500, 599),
        ["EdgeBox.Daemon/Models"] = (1000, 1099),
        ["EdgeBox.Daemon/Inference"] = (1100, 1199),
        ["EdgeBox.Worker"] = (2000, 2999),
    };

    private static IEnumerable<(SourceFile File, AttributeSyntax Attribute)> Messages =>
        from file in SourceFile.Products
        from attribute in file.Nodes<AttributeSyntax>()
        where attribute.Name.ToString() is "LoggerMessage" or "LoggerMessageAttribute"
        select (file, attribute);

    [Fact]
    public void EventIds_OverTheSolution_AreUnique() =>
        Findings.None("Two log messages share an event id:",
            Messages.GroupBy(message => IdOf(message.Attribute)).Where(group => group.Key is not null && group.Count() > 1)
                .Select(group => $"{group.Key}: {string.Join(", ", group.Select(message => message.File.At(message.Attribute)))}"));

    [Fact]
    public void EventIds_OfAFeature_AreInItsBlock() =>
        Findings.None("An event id is written as a number out of its feature's block; a new feature is given a block in this test:",
            Messages.Select(message => (message.File, message.Attribute, Id: IdOf(message.Attribute), Block: BlockOf(message.File)))
                .Where(message => message.Id is not { } id || message.Block is not { } block || id < block.First || id > block.Last)
                .Select(message => $"{message.File.At(message.Attribute)}: {message.Id?.ToString(CultureInfo.InvariantCulture) ?? "no id"}, block {message.Block?.ToString() ?? "none"}"));

    [Theory]
    [InlineData("[LoggerMessage(101, LogLevel.Debug, \"x\")]", 101)]
    [InlineData("[LoggerMessage(EventId = 102, Level = LogLevel.Debug, Message = \"x\")]", 102)]
    [InlineData("[LoggerMessage(eventId: 103, level: LogLevel.Debug, message: \"x\")]", 103)]
    [InlineData("[LoggerMessage(LogLevel.Debug, \"x\")]", null)]
    public void IdOf_EveryWayToWriteIt_IsRead(string attribute, int? id) =>
        Assert.Equal(id, IdOf(SourceFile.Parse("x.cs", $"class A {{ {attribute} partial void B(); }}").Nodes<AttributeSyntax>().Single()));

    private static (int First, int Last)? BlockOf(SourceFile file) =>
        s_blocks.TryGetValue($"{file.Project}/{file.Folder.Split('.')[0]}", out var block) || s_blocks.TryGetValue(file.Project, out block) ? block : null;

    private static int? IdOf(AttributeSyntax attribute)
    {
        var arguments = attribute.ArgumentList?.Arguments ?? default;
        var argument = arguments.FirstOrDefault(candidate => candidate.NameEquals?.Name.Identifier.Text == "EventId")
            ?? arguments.FirstOrDefault(candidate => candidate.NameColon?.Name.Identifier.Text == "eventId")
            ?? arguments.FirstOrDefault(candidate => candidate.NameEquals is null && candidate.NameColon is null);
        return argument?.Expression is LiteralExpressionSyntax { Token.Value: int id } ? id : null;
    }
}
