using CsCheck;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway.Anthropic;
using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Gateway.OpenAi;
using EdgeBox.Daemon.Inference;
using EdgeBox.Testing;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Gateway.Apis;

/// <summary>What clients write, as the box's own contract has it, and what is refused by the name that they gave it.</summary>
public sealed class BodyTests
{
    private const string Asked = "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";

    private static readonly string[] s_words =
    [
        "model", "messages", "role", "user", "assistant", "tool", "content", "type", "text", "input", "tools", "function", "name", "parameters", "stream", "stop",
        "temperature", "edgebox", "checks", "n", "logit_bias", "system", "thinking", "enabled", "tool_choice", "prompt", "reasoning", "response_format", "json_schema",
        "schema", "documents", "query", "tool_calls", "id", "arguments", "tool_use", "tool_result", "include", "5", "documents",
    ];

    private static readonly Gen<string> s_json = Gen.Recursive<string>((depth, inner) => depth > 3
        ? Gen.OneOf(OneOf(s_words).Select(word => $"\"{word}\""), OneOf(["1", "-1", "1e400", "0.5", "true", "null", "[]", "{}"]))
        : Gen.OneOf(
            inner.Array[0, 3].Select(items => $"[{string.Join(',', items)}]"),
            Gen.Select(OneOf(s_words), inner).Array[0, 6].Select(members => $"{{{string.Join(',', members.Select(member => $"\"{member.Item1}\":{member.Item2}"))}}}")));

    [Theory]
    [InlineData("messages", "{}")]
    [InlineData("messages[0].role", """{"messages":[{"content":"x"}]}""")]
    [InlineData("messages[0].role", """{"messages":[{"role":"function","content":"x"}]}""")]
    [InlineData("messages[0].content", """{"messages":[{"role":"user"}]}""")]
    [InlineData("messages[0].content[1].type", """{"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{}}]}]}""")]
    [InlineData("messages[0].tool_calls[0].function.arguments", """{"messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"["}}]}]}""")]
    [InlineData("messages[0].tool_call_id", """{"messages":[{"role":"tool","tool_call_id":"z","content":"x"}]}""")]
    [InlineData("temperature", "{" + Asked + ",\"temperature\":3}")]
    [InlineData("temperature", "{" + Asked + ",\"temperature\":\"hot\"}")]
    [InlineData("max_completion_tokens", "{" + Asked + ",\"max_completion_tokens\":0}")]
    [InlineData("max_tokens", "{" + Asked + ",\"max_tokens\":4,\"max_completion_tokens\":5}")]
    [InlineData("stop", "{" + Asked + ",\"stop\":5}")]
    [InlineData("stop[0]", "{" + Asked + ",\"stop\":[\"\"]}")]
    [InlineData("n", "{" + Asked + ",\"n\":17}")]
    [InlineData("top_logprobs", "{" + Asked + ",\"top_logprobs\":2}")]
    [InlineData("logit_bias", "{" + Asked + ",\"logit_bias\":{\"word\":1}}")]
    [InlineData("functions", "{" + Asked + ",\"functions\":[]}")]
    [InlineData("store", "{" + Asked + ",\"store\":true}")]
    [InlineData("verbosity", "{" + Asked + ",\"verbosity\":\"high\"}")]
    [InlineData("reasoning_effort", "{" + Asked + ",\"reasoning_effort\":\"much\"}")]
    [InlineData("tools[0].type", "{" + Asked + ",\"tools\":[{\"type\":\"custom\"}]}")]
    [InlineData("tools[0].function.name", "{" + Asked + ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]}")]
    [InlineData("tool_choice", "{" + Asked + ",\"tool_choice\":\"required\"}")]
    [InlineData("response_format.json_schema.schema", "{" + Asked + ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\"}}}")]
    [InlineData("edgebox.checks[0].regx", "{" + Asked + ",\"edgebox\":{\"checks\":[{\"regx\":\"a\"}]}}")]
    [InlineData("edgebox", "{" + Asked + ",\"edgebox\":{\"messages\":[]}}")]
    [InlineData("edgebox.attempts", "{" + Asked + ",\"edgebox\":{\"attempts\":99}}")]
    [InlineData("edgebox.sampling.dry_base", "{" + Asked + ",\"edgebox\":{\"sampling\":{\"dry_base\":9}}}")]
    public void ChatCompletion_WhatCannotBe_IsRefusedByItsName(string field, string body) => Refused(field, () =>
    {
        var call = Said.Read(body, ChatCompletionBody.Read);
        Check(call.Request, call.Names);
    });

    [Theory]
    [InlineData("previous_response_id", """{"input":"x","previous_response_id":"resp_1"}""")]
    [InlineData("conversation", """{"input":"x","conversation":"c"}""")]
    [InlineData("background", """{"input":"x","background":true}""")]
    [InlineData("truncation", """{"input":"x","truncation":"auto"}""")]
    [InlineData("input", "{}")]
    [InlineData("input[0].type", """{"input":[{"type":"item_reference","id":"a"}]}""")]
    [InlineData("input[0].call_id", """{"input":[{"type":"function_call_output","call_id":"a","output":"x"}]}""")]
    [InlineData("tools[0].type", """{"input":"x","tools":[{"type":"web_search"}]}""")]
    [InlineData("include[0]", """{"input":"x","include":["file_search_call.results"]}""")]
    [InlineData("max_output_tokens", """{"input":"x","max_output_tokens":99999999}""")]
    public void Response_WhatCannotBe_IsRefusedByItsName(string field, string body) => Refused(field, () =>
    {
        var call = Said.Read(body, ResponseBody.Read);
        Check(call.Request, call.Names);
    });

    [Theory]
    [InlineData("messages", "{}")]
    [InlineData("messages[0].role", """{"messages":[{"role":"assistant","content":"x"}]}""")]
    [InlineData("messages[0].content[0].type", """{"messages":[{"role":"user","content":[{"type":"image","source":{}}]}]}""")]
    [InlineData("messages[0].content[0].tool_use_id", """{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]}]}""")]
    [InlineData("messages[0].content", """{"messages":[{"role":"user","content":[]}]}""")]
    [InlineData("tools[0].type", "{" + Asked + ",\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]}")]
    [InlineData("tool_choice.name", "{" + Asked + ",\"tools\":[{\"name\":\"a\"}],\"tool_choice\":{\"type\":\"tool\",\"name\":\"b\"}}")]
    [InlineData("thinking.type", "{" + Asked + ",\"thinking\":{\"type\":\"much\"}}")]
    [InlineData("stop_sequences", "{" + Asked + ",\"stop_sequences\":3}")]
    [InlineData("context_management.edits[0].type", "{" + Asked + ",\"context_management\":{\"edits\":[{\"type\":\"clear_tool_uses_20250919\"}]}}")]
    public void Messages_WhatCannotBe_IsRefusedByItsName(string field, string body) => Refused(field, () =>
    {
        var call = Said.Read(body, MessagesBody.Read);
        Check(call.Request, call.Names);
    });

    [Fact]
    public void ChatCompletion_WholeConversation_IsReadAsItIs()
    {
        var call = Said.Read("""
            {"model":"m","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Wea"},{"type":"text","text":"ther?"}]},
             {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":""}},{"id":"b","type":"function","function":{"name":"g","arguments":"{\"x\":1}"}}]},
             {"role":"tool","tool_call_id":"b","content":"31"}],
             "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}],
             "tool_choice":{"type":"function","function":{"name":"g"}},"parallel_tool_calls":false,"seed":-1,"top_k":-1,"stop":"end","max_tokens":-1,
             "reasoning_effort":"xhigh","n":2,"service_tier":"flex","unknown":{"a":1},"user":"u","metadata":{},"logit_bias":{"5":-100},"stream":true,
             "stream_options":{"include_usage":true},"edgebox":{"attempts":2,"checks":[{"contains":{"texts":["31"]}}],"task":{"name":"clean"}}}
            """, ChatCompletionBody.Read);

        var request = call.Request;
        Assert.Equal([ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.Tool], request.Messages.Select(message => message.Role));
        Assert.Equal("Weather?", request.Messages[1].Parts.Single().Text);
        Assert.Equal(("hm", "{}", "{\"x\":1}", 0), (request.Messages[2].Reasoning, request.Messages[2].ToolCalls[0].Arguments, request.Messages[2].ToolCalls[1].Arguments, request.Messages[2].Parts.Count));
        Assert.Equal((ToolChoice.Types.Mode.Required, "g"), (request.ToolChoice.Mode, request.ToolChoice.Tool));
        Assert.Equal((uint.MaxValue, 0u, -100f), (request.Sampling.Seed, request.Sampling.TopK, request.Sampling.LogitBias[5]));
        Assert.Equal((0u, "end", ReasoningEffort.High, Priority.Batch), (request.Stop.MaxTokens, request.Stop.Sequences.Single(), request.Effort, request.Schedule.Priority));
        Assert.Equal((2u, "31", "clean"), (request.Attempts, request.Checks.Single().Contains.Texts.Single(), request.Task.Name));
        Assert.Equal((2u, true, true, true), (call.Choices, call.Streams, call.TellsUsage, call.OneCall));
        Check(request, call.Names);
    }

    [Fact]
    public void Response_ItemsOfAnOpenChain_BecomeTurns()
    {
        var thought = EdgeBox.Daemon.Gateway.Answers.SealedThought.Seal("kept");
        var request = Said.Read($$"""
            {"instructions":"Be brief.","input":[{"role":"user","content":"Weather?"},{"type":"reasoning","summary":[],"encrypted_content":"{{thought}}"},
             {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call","call_id":"b","name":"f","arguments":"{}"},
             {"type":"function_call_output","call_id":"a","output":"31"},{"type":"function_call_output","call_id":"b","output":[{"type":"input_text","text":"32"}]},
             {"type":"reasoning","content":[{"type":"reasoning_text","text":"open"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hot."}]}]}
            """, ResponseBody.Read).Request;

        Assert.Equal([ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.Tool, ChatRole.Tool, ChatRole.Assistant], request.Messages.Select(message => message.Role));
        Assert.Equal(("kept", 2), (request.Messages[2].Reasoning, request.Messages[2].ToolCalls.Count));
        Assert.Equal(("32", "open"), (request.Messages[4].Parts.Single().Text, request.Messages[5].Reasoning));
        RequestLimits.Check(request);
    }

    [Fact]
    public void Messages_BlocksOfAnOpenChain_BecomeTurns()
    {
        var call = Said.Read("""
            {"system":[{"type":"text","text":"Be"},{"type":"text","text":"brief.","cache_control":{"type":"ephemeral"}}],"max_tokens":9,
             "messages":[{"role":"user","content":"Weather?"},
              {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"edgebox"},{"type":"text","text":"I look."},{"type":"tool_use","id":"a","name":"f","input":{"x":1}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"31"}],"is_error":true},{"type":"text","text":"Well?"}]}],
             "tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},
             "thinking":{"type":"enabled","budget_tokens":10000},"metadata":{"user_id":"u"}}
            """, MessagesBody.Read);

        var request = call.Request;
        Assert.Equal([ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.Tool, ChatRole.User], request.Messages.Select(message => message.Role));
        Assert.Equal(("Be\n\nbrief.", "hm", "{\"x\":1}", "Error: 31"), (request.Messages[0].Parts[0].Text, request.Messages[2].Reasoning, request.Messages[2].ToolCalls[0].Arguments, request.Messages[3].Parts[0].Text));
        Assert.Equal((ReasoningEffort.Medium, ThinkingView.Shown, true), (request.Effort, call.Thinking, call.OneCall));
        RequestLimits.Check(request);
    }

    [Fact]
    public void Read_AnyJson_IsARequestOrOneRefusal() => s_json.Select(text => text.StartsWith('{') ? text : $"{{\"messages\":{text},\"input\":{text},\"prompt\":{text}}}").Sample(body =>
    {
        foreach (var read in (Action<JsonField>[])
            [
                json => ChatCompletionBody.Read(json), json => ResponseBody.Read(json), json => MessagesBody.Read(json), json => CompletionBody.Read(json),
                json => EmbeddingCall.Read(json), json => RerankCall.Read(json),
            ])
        {
            try
            {
                Said.Read(body, json =>
                {
                    read(json);
                    return 0;
                });
            }
            catch (FailureException refused)
            {
                Assert.Equal(ErrorReason.InvalidArgument, refused.Reason);
                Assert.Contains(refused.Facts, fact => fact.Key == "field" && fact.Value.Length > 0);
            }
        }
    }, iter: Tries.Of(20_000));

    private static Gen<string> OneOf(string[] words) => Gen.Int[0, words.Length - 1].Select(at => words[at]);

    private static void Check(ChatRequest request, WireNames names)
    {
        try
        {
            RequestLimits.Check(request);
        }
        catch (FailureException failure)
        {
            throw names.Translate(failure);
        }
    }

    private static void Refused(string field, Action read)
    {
        var refused = Assert.Throws<FailureException>(read);
        Assert.Equal((ErrorReason.InvalidArgument, field), (refused.Reason, refused.Facts.First(fact => fact.Key == "field").Value));
        Assert.StartsWith(field + " ", refused.Message, StringComparison.Ordinal);
    }
}
