using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl complete: continues plain text.</summary>
internal static class CompleteCommand
{
    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var prompt = new Argument<string[]>("PROMPT")
        {
            Description = "The text to continue. '-' stands for standard input; so does none.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var generation = new GenerationOptions();
        var command = new DocumentedCommand("complete", "Have a model continue a text, with no conversation around it.",
            "complete \"Once upon a time\" --max-tokens 50",
            "complete --stop END - < beginning.txt") { prompt };
        generation.AddTo(command);
        return host.Bind(command, async session =>
        {
            var parse = session.Parse;
            var request = new CompleteRequest
            {
                Model = generation.Model(parse),
                Prompt = await InputText.ReadAsync(parse.GetValue(prompt) ?? [], session.Shell, session.Interrupts.Token),
                Sampling = generation.Sampling(parse),
                Stop = generation.Stop(parse),
                Logprobs = generation.Logprobs(parse),
                Schedule = generation.Schedule(parse),
                Drafting = generation.Drafting(parse),
                Constraint = await generation.ConstraintAsync(session),
            };
            var printer = new AnswerPrinter(session, generation.Reasoning(parse), generation.Quiet(parse));
            var call = new InferenceService.InferenceServiceClient(session.Channel.Invoker).Complete(request, session.Long);
            await printer.PrintAsync(AnswerEvent.Of(call, session.Interrupts.Token));
            return ExitCode.Done;
        });
    }
}
