using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Regexes;
using EdgeBox.Worker.Constraints.Schemas;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Hosting;

/// <summary>Makes of what was asked the tokens of the prompt, what reads the answer, and what the answer is held to.</summary>
internal sealed class AnswerPlan(LoadedModel model)
{
    /// <summary>Told with an answer whose calls are held to be JSON objects only: a tool's schema has what cannot be enforced.</summary>
    public const string SchemaNotEnforced = "tool_schema_not_enforced";

    private const string AnyObject = "{\"type\":\"object\"}";
    private const string EntryRule = "arguments";

    /// <summary>Prepares a request.</summary>
    /// <exception cref="RefusedException">It cannot be done; the reason is fit for a client.</exception>
    public void Prepare(GenerationRequest request)
    {
        var message = request.Message;
        try
        {
            if (message.InputCase == Generate.InputOneofCase.Conversation)
            {
                PrepareConversation(request);
            }
            else
            {
                request.Prompt = [.. Plain(message.Prompt)];
                request.Form = Answer(message) is { } answer
                    ? new AnswerForm(null, answer, new Dictionary<string, Func<ITokenConstraint>>(), isEnforced: false, Pieces)
                    : null;
            }
        }
        catch (GrammarException e)
        {
            throw new RefusedException(RefusalKind.GrammarInvalid, e.Message);
        }
        catch (ConversationException e)
        {
            throw new RefusedException(RefusalKind.FeatureNotSupported, e.Message);
        }
    }

    private PieceTable Pieces => model.Model.Vocabulary.Pieces;

    private void PrepareConversation(GenerationRequest request)
    {
        var format = model.Format ?? throw new RefusedException(RefusalKind.ChatNotSupported, model.FormatProblem);
        var conversation = Chat.Conversation.From(request.Message.Conversation, request.Message.JsonSchema);
        if (conversation.Tools.Count > 0 && !format.HasTools)
        {
            throw new ConversationException($"the format {format.Name} has no place for tools");
        }

        request.Prompt = [.. model.Tokenizer.Conversation(format.Render(conversation))];
        request.Reader = format.Read(conversation);
        var answer = Answer(request.Message);
        var calls = Calls(format, conversation, request);
        var enforced = answer is not null || conversation.CallMode == CallMode.Required
            || (conversation.CallMode == CallMode.None && conversation.Tools.Count > 0);
        request.Form = enforced || calls.Count > 0 ? new AnswerForm(request.Reader, answer, calls, enforced, Pieces) : null;
    }

    private List<int> Plain(string prompt)
    {
        var tokens = model.Tokenizer.Plain(prompt, addBos: true);
        var bos = model.Model.Vocabulary.Bos;
        return tokens.Count > 0 ? tokens
            : bos >= 0 ? [bos]
            : throw new RefusedException(RefusalKind.EmptyPrompt, "the prompt is empty and the model has no token for the beginning of text");
    }

    private ITokenConstraint? Answer(Generate message) =>
        message.Grammar.Length > 0 ? model.Constraints.Create(message.Grammar)
        : Generated(message) is { } grammar ? model.Constraints.Create(grammar, generated: true)
        : null;

    private static string? Generated(Generate message) =>
        message.JsonSchema is not null ? SchemaGrammar.Compile(message.JsonSchema.Schema_)
        : message.Regex.Length > 0 ? RegexGrammar.Compile(message.Regex)
        : message.Choices.Count > 0 ? ChoicesGrammar.Compile(message.Choices)
        : null;

    private Dictionary<string, Func<ITokenConstraint>> Calls(IConversationFormat format, Chat.Conversation conversation, GenerationRequest request)
    {
        var made = new Dictionary<string, Func<ITokenConstraint>>(StringComparer.Ordinal);
        var ends = request.Reader!.CallEnds;
        var tools = conversation.CalledTool is { } only ? conversation.Tools.Where(tool => tool.Name == only) : conversation.Tools;
        var rules = tools.Select((tool, i) => (tool.Name, Prefix: $"{EntryRule}-{i}", Text: Rules(tool, $"{EntryRule}-{i}", request))).ToList();
        if (conversation.CallMode == CallMode.None || rules.Count == 0)
        {
            return made;
        }

        if (format.CallGrammar([.. rules.Select(rule => new ToolRule(rule.Name, rule.Prefix))]) is { } body)
        {
            made[""] = model.Constraints.Prepare(string.Join('\n', [body, .. rules.Select(rule => rule.Text)]), ends, generated: true);
            return made;
        }

        foreach (var (name, prefix, text) in rules)
        {
            made[name] = model.Constraints.Prepare($"root ::= {prefix}\n{text}", ends, generated: true);
        }

        return made;
    }

    private static string Rules(Tool tool, string prefix, GenerationRequest request)
    {
        try
        {
            return SchemaGrammar.Rules(tool.Parameters, prefix);
        }
        catch (GrammarException)
        {
            // Clients bring tools with every keyword there is; a call that is an object at least is of more use to them than none.
            request.Concede(SchemaNotEnforced);
            return SchemaGrammar.Rules(AnyObject, prefix);
        }
    }
}
