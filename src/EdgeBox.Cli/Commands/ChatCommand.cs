using System.CommandLine;
using EdgeBox.Cli.Rendering;
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
        var command = new DocumentedCommand("chat", "Talk to a model. Ctrl-C cancels the answer, a second Ctrl-C leaves.",
            "chat",
            "chat \"Why is the sky blue?\"",
            "chat --system \"Answer in Tibetan.\" --temperature 0.2 \"What is a llama?\"",
            "chat \"Summarise this letter:\" - < letter.txt",
            "--json chat \"Hello\" | jq -rj '.delta.text // empty'") { prompt, system };
        generation.AddTo(command);
        return host.Bind(command, async session =>
        {
            var words = session.Parse.GetValue(prompt) ?? [];
            var conversation = new Conversation(session, generation, session.Parse.GetValue(system), await generation.ConstraintAsync(session));
            if (words.Length == 0 && session is { Json: false, Shell: { InputIsTerminal: true, OutputIsTerminal: true } })
            {
                return await new Dialogue(session, conversation).RunAsync();
            }
            await conversation.AskAsync(await InputText.ReadAsync(words, session.Shell, session.Interrupts.Token));
            return ExitCode.Done;
        });
    }

    /// <summary>A message with one part of text.</summary>
    public static ChatMessage Message(ChatRole role, string text) => new() { Role = role, Parts = { new ContentPart { Text = text } } };
}
