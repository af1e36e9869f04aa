namespace EdgeBox.Component.Tests.Cli;

/// <summary>edgeboxctl in front of a person: a real terminal, real keys.</summary>
[Trait("Tier", "component")]
public sealed class TerminalTests(CliBox fixture) : IClassFixture<CliBox>
{
    private const string ControlC = "\u0003";
    private const string ControlD = "\u0004";

    private readonly RunningBox _box = fixture.Box;

    [Fact]
    public async Task ControlC_InAOneShotAnswer_CancelsItAndTheSlotIsFree()
    {
        await using var terminal = Open("chat", "-m", CliBox.Endless, "Go on.");
        await fixture.ActiveAsync(CliBox.Endless, 1);
        await terminal.SeeAsync(screen => screen.Trim().Length > 0);

        terminal.Type(ControlC);

        Assert.Equal(7, await terminal.WaitAsync());
        var took = await fixture.ActiveAsync(CliBox.Endless, 0);
        TestContext.Current.SendDiagnosticMessage($"the slot was free {took.TotalMilliseconds:0} ms after the program's end");
    }

    [Fact]
    public async Task Dialogue_AnAnswerIsCancelled_TheNextOneComes()
    {
        await using var terminal = Open("chat", "-m", CliBox.Endless);
        await terminal.SeeAsync(screen => screen.Length > 0);
        terminal.Type("Go on.\r");
        await fixture.ActiveAsync(CliBox.Endless, 1);

        terminal.Type(ControlC);
        await fixture.ActiveAsync(CliBox.Endless, 0);
        terminal.Type("Once more.\r");
        await fixture.ActiveAsync(CliBox.Endless, 1);
        terminal.Type(ControlC);
        await fixture.ActiveAsync(CliBox.Endless, 0);
        terminal.Type(ControlD);

        Assert.Equal(0, await terminal.WaitAsync());
    }

    [Fact]
    public async Task Dialogue_AQuestionIsTyped_TheAnswerIsShown()
    {
        await using var terminal = Open("chat", "-m", CliBox.Scripted, "--temperature", "0");
        await terminal.SeeAsync(screen => screen.Length > 0);

        terminal.Type(SharedModels.ScriptedQuestion + "\r");
        await terminal.SeeAsync(screen => screen.Contains(SharedModels.ScriptedAnswer, StringComparison.Ordinal));
        terminal.Type(ControlD);

        Assert.Equal(0, await terminal.WaitAsync());
    }

    [Fact]
    public async Task Hangup_OfTheTerminal_FreesTheSlot()
    {
        await using (var terminal = Open("chat", "-m", CliBox.Endless, "Go on."))
        {
            await fixture.ActiveAsync(CliBox.Endless, 1);
        }

        Assert.True(await fixture.ActiveAsync(CliBox.Endless, 0) < TimeSpan.FromSeconds(5));
    }

    private PseudoTerminal Open(params string[] arguments) => new([Product.Cli, "--endpoint", "unix:" + _box.SocketPath, .. arguments]);
}
