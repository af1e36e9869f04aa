using EdgeBox.Worker.Chat;
using Message = EdgeBox.Worker.V1.Conversation;

namespace EdgeBox.Worker.Tests.Chat;

/// <summary>Conversations as the daemon asks for them.</summary>
public sealed class AskedConversationTests
{
    [Fact]
    public void From_EveryField_IsTaken()
    {
        var conversation = Conversation.From(
            new Message
            {
                Turns =
                {
                    new V1.Turn { Role = "system", Text = "Be brief." },
                    new V1.Turn { Role = "user", Text = "Weather?" },
                    new V1.Turn { Role = "assistant", Text = "I look.", Reasoning = "hm", Calls = { Call("a", "get_weather", "{}"), Call("b", "get_time", "{\"x\":1}") } },
                    new V1.Turn { Role = "tool", Text = "noon", CallId = "b" },
                    new V1.Turn { Role = "tool", Text = "warm", CallId = "a" },
                },
                Tools = { new V1.ToolSpec { Name = "get_time", Description = "Tells it.", Parameters = "{\"type\":\"object\"}" } },
                CallMode = V1.CallMode.Required,
                CalledTool = "get_time",
                Effort = V1.Effort.High,
                Date = "2026-01-02",
            },
            new V1.Schema { Schema_ = "{}", Name = "report", Description = "A report." });

        Assert.Equal(
            [(TurnRole.System, "Be brief.", ""), (TurnRole.User, "Weather?", ""), (TurnRole.Assistant, "I look.", "hm"), (TurnRole.Tool, "noon", ""), (TurnRole.Tool, "warm", "")],
            conversation.Turns.Select(turn => (turn.Role, turn.Text, turn.Reasoning)));
        PastCall[] calls = [new("a", "get_weather", "{}"), new("b", "get_time", "{\"x\":1}")];
        Assert.Equal(calls, conversation.Turns[2].Calls);
        Assert.Equal([null, null, null, calls[1], calls[0]], conversation.Turns.Select(turn => turn.Answered));
        Assert.Equal([new Tool("get_time", "Tells it.", "{\"type\":\"object\"}")], conversation.Tools);
        Assert.Equal((V1.CallMode.Required, "get_time", V1.Effort.High), (conversation.CallMode, conversation.CalledTool, conversation.Effort));
        Assert.Equal(("2026-01-02", new AnswerSchema("{}", "report", "A report.")), (conversation.Date, conversation.Answer));
    }

    [Fact]
    public void From_WhatIsNotSaid_IsNone()
    {
        var conversation = Conversation.From(new Message { Turns = { new V1.Turn { Role = "user", Text = "Hi" } } }, answer: null);
        Assert.Equal((null, null, null), (conversation.CalledTool, conversation.Date, conversation.Answer));
        Assert.Empty(conversation.Tools);
        Assert.Empty(conversation.Turns.Single().Calls);
    }

    [Fact]
    public void From_CallsThatShareAnId_TheLastIsAnswered()
    {
        var conversation = Conversation.From(
            new Message
            {
                Turns =
                {
                    new V1.Turn { Role = "assistant", Calls = { Call("a", "one", ""), Call("a", "two", "") } }, new V1.Turn { Role = "tool", CallId = "a" },
                    new V1.Turn { Role = "assistant", Calls = { Call("a", "three", "") } }, new V1.Turn { Role = "tool", CallId = "a" },
                },
            },
            answer: null);
        Assert.Equal(["two", "three"], conversation.Turns.Select(turn => turn.Answered?.Tool).OfType<string>());
    }

    [Theory]
    [InlineData("tool", "a tool's turn answers no call")]
    [InlineData("", "a turn has a role that is not known")]
    [InlineData("System", "a turn has a role that is not known")]
    [InlineData("developer", "a turn has a role that is not known")]
    public void From_TurnThatBreaksTheContract_IsRefused(string role, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => Conversation.From(new Message { Turns = { new V1.Turn { Role = role, CallId = "a" } } }, answer: null)).Message);

    private static V1.Call Call(string id, string name, string arguments) => new() { Id = id, Name = name, Arguments = arguments };
}
