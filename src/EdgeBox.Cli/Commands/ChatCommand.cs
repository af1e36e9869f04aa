using System.CommandLine;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl chat: a question and its answer, or a conversation.</summary>
internal static class ChatCommand
{
    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var prompt = new Argument<string[]>("PROMPT")
        {
            Description = "The question. '-' stands for standard input. None: a conversation on a terminal, else standard input.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var system = new Option<string?>("--system", "-s") { Description = "Instructions to the model.", HelpName = "TEXT" };
        var generation = new GenerationOptions();
        var asking = new ChatOptions();
        var command = new DocumentedCommand("chat", "Talk to a model. Ctrl-C cancels the answer, a second Ctrl-C leaves.",
            "chat",
            "chat \"Why is the sky blue?\"",
            "chat --system \"Answer in Tibetan.\" --temperature 0.2 \"What is a llama?\"",
            "chat \"Summarise this letter:\" - < letter.txt",
            "chat --task translate --param language=Burmese - < letter.txt",
            "chat --schema person.json --attempts 5 --check-contains \"Aye\" \"Who signed?\"",
            "--json chat \"Hello\" | jq -rj '.delta.text // empty'") { prompt, system };
        asking.AddTo(command);
        generation.AddTo(command);
        return host.Bind(command, async session =>
        {
            var words = session.Parse.GetValue(prompt) ?? [];
            var conversation = new Conversation(session, generation, await RequestAsync(session));
            if (words.Length == 0 && session is { Json: false, Shell: { InputIsTerminal: true, OutputIsTerminal: true } })
            {
                return await new Dialogue(session, conversation).RunAsync();
            }
            return await conversation.AskAsync(await InputText.ReadAsync(words, session.Shell, session.Interrupts.Token));
        });

        async Task<ChatRequest> RequestAsync(Session session)
        {
            var request = await asking.RequestAsync(session);
            request.Constraint = await generation.ConstraintAsync(session);
            if (session.Parse.GetValue(system) is { } instructions)
            {
                request.Messages.Add(Message(ChatRole.System, instructions));
            }
            return request;
        }
    }

    /// <summary>A message with one part of text.</summary>
    public static ChatMessage Message(ChatRole role, string text) => new() { Role = role, Parts = { new ContentPart { Text = text } } };
}
