using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>The options of every command that has a model make text.</summary>
internal sealed class GenerationOptions
{
    private readonly Option<string?> _model = ModelOption();
    private readonly Option<float?> _temperature = new("--temperature") { Description = "0 (always the likeliest token) to 2.", HelpName = "T", CustomParser = Limits.Number };
    private readonly Option<float?> _topP = new("--top-p") { Description = "Choose among the likeliest tokens that together have this probability: above 0 to 1.", HelpName = "P", CustomParser = Limits.Number };
    private readonly Option<uint?> _topK = new("--top-k") { Description = "Choose among the K likeliest tokens; 0 is all.", HelpName = "K", CustomParser = Limits.Whole };
    private readonly Option<float?> _minP = new("--min-p") { Description = "Drop tokens below this share of the likeliest one's probability: 0 to 1.", HelpName = "P", CustomParser = Limits.Number };
    private readonly Option<uint?> _seed = new("--seed") { Description = "Fixes the random choices.", HelpName = "N", CustomParser = Limits.Whole };
    private readonly Option<float?> _repetition = new("--repetition-penalty") { Description = "0.1 to 10; 1 is off.", HelpName = "X", CustomParser = Limits.Number };
    private readonly Option<float?> _presence = new("--presence-penalty") { Description = "-2 to 2; 0 is off.", HelpName = "X", CustomParser = Limits.Number };
    private readonly Option<float?> _frequency = new("--frequency-penalty") { Description = "-2 to 2; 0 is off.", HelpName = "X", CustomParser = Limits.Number };
    private readonly Option<float?> _typicalP = new("--typical-p") { Description = "Choose among the tokens of about the expected surprise that together have this probability: above 0 to 1; 1 is off.", HelpName = "P", CustomParser = Limits.Number };
    private readonly Option<float?> _dryMultiplier = new("--dry-multiplier") { Description = "Against repeated phrases: 0 to 10; 0 is off.", HelpName = "X", CustomParser = Limits.Number };
    private readonly Option<float?> _dryBase = new("--dry-base") { Description = "How fast that grows with the length of the phrase: 1 to 4.", HelpName = "X", CustomParser = Limits.Number };
    private readonly Option<uint?> _dryAllowedLength = new("--dry-allowed-length") { Description = "Phrases up to this many tokens may be repeated: 1 to 256.", HelpName = "N", CustomParser = Limits.Whole };
    private readonly Option<uint?> _dryWindow = new("--dry-window") { Description = "How many of the last tokens are searched for phrases: 0 to 65536.", HelpName = "N", CustomParser = Limits.Whole };
    private readonly Option<string[]> _dryBreakers = new("--dry-breaker") { Description = "A phrase ends at tokens that hold this text; may be given up to 16 times.", HelpName = "TEXT" };
    private readonly Option<KeyValuePair<uint, float>[]> _logitBias = new("--logit-bias") { Description = "Make a token likelier or less likely: -100 (never) to 100; may be given up to 1024 times. 'tokenize' shows the numbers of tokens.", HelpName = "TOKEN=BIAS", CustomParser = Limits.Biases };
    private readonly Option<uint?> _logprobs = new("--logprobs") { Description = "With --json: tell the probability of each token, and of this many of the likeliest: 0 to 20.", HelpName = "N", CustomParser = Limits.Whole };
    private readonly Option<uint?> _maxTokens = new("--max-tokens", "-n") { Description = "End the answer after this many tokens.", HelpName = "N", CustomParser = Limits.Whole };
    private readonly Option<string[]> _stop = new("--stop") { Description = "End the answer before this text; may be given up to 16 times.", HelpName = "TEXT" };
    private readonly Option<string?> _priority = new("--priority") { Description = "interactive (you wait for it; the default) or batch (others go first).", HelpName = "PRIORITY" };
    private readonly Option<bool> _deterministic = new("--deterministic") { Description = "Run alone, so that the same request gives the same answer, bit for bit." };
    private readonly Option<bool> _noDrafting = new("--no-drafting") { Description = "Guess no tokens ahead. It changes the speed, never the answer." };
    private readonly Option<string?> _grammar = new("--grammar") { Description = "File with a grammar in GBNF that the answer must match.", HelpName = "FILE" };
    private readonly Option<string?> _schema = new("--schema") { Description = "File with a JSON Schema; the answer is JSON that it describes.", HelpName = "FILE" };
    private readonly Option<string?> _regex = new("--regex") { Description = "Regular expression that the whole answer must match.", HelpName = "REGEX" };
    private readonly Option<string[]> _choices = new("--choice") { Description = "The answer is this text or another --choice; may be given up to 1024 times.", HelpName = "TEXT" };
    private readonly Option<bool> _reasoning = new("--reasoning") { Description = "Show the model's thinking also where no terminal is." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Show no figures after the answer." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] all =
        [
            _model, _temperature, _topP, _topK, _minP, _seed, _repetition, _presence, _frequency, _typicalP,
            _dryMultiplier, _dryBase, _dryAllowedLength, _dryWindow, _dryBreakers, _logitBias, _logprobs, _maxTokens, _stop,
            _priority, _deterministic, _noDrafting, _grammar, _schema, _regex, _choices, _reasoning, _quiet,
        ];
        _priority.AcceptOnlyFromAmong("interactive", "batch");
        foreach (var option in all)
        {
            command.Add(option);
        }
    }

    /// <summary>An option that names a model.</summary>
    public static Option<string?> ModelOption() => new("--model", "-m") { Description = "Which model; needed only if several are loaded.", HelpName = "NAME" };

    /// <summary>The model asked for; empty: the only one.</summary>
    public string Model(ParseResult parse) => parse.GetValue(_model) ?? "";

    /// <summary>Whether the model's thinking is wanted where no terminal is.</summary>
    public bool Reasoning(ParseResult parse) => parse.GetValue(_reasoning);

    /// <summary>Whether no figures are wanted.</summary>
    public bool Quiet(ParseResult parse) => parse.GetValue(_quiet);

    /// <summary>How tokens are chosen. Values are sent as they are: the box judges them, and says what is allowed.</summary>
    public SamplingOptions Sampling(ParseResult parse)
    {
        var sampling = new SamplingOptions();
        Set(_temperature, v => sampling.Temperature = v);
        Set(_topP, v => sampling.TopP = v);
        Set(_minP, v => sampling.MinP = v);
        Set(_repetition, v => sampling.RepetitionPenalty = v);
        Set(_presence, v => sampling.PresencePenalty = v);
        Set(_frequency, v => sampling.FrequencyPenalty = v);
        Set(_topK, v => sampling.TopK = v);
        Set(_seed, v => sampling.Seed = v);
        Set(_typicalP, v => sampling.TypicalP = v);
        Set(_dryMultiplier, v => sampling.DryMultiplier = v);
        Set(_dryBase, v => sampling.DryBase = v);
        Set(_dryAllowedLength, v => sampling.DryAllowedLength = v);
        Set(_dryWindow, v => sampling.DryWindow = v);
        sampling.DryBreakers.AddRange(parse.GetValue(_dryBreakers) ?? []);
        foreach (var (token, bias) in parse.GetValue(_logitBias) ?? [])
        {
            sampling.LogitBias[token] = bias;
        }
        return sampling;

        void Set<T>(Option<T?> option, Action<T> set)
            where T : struct
        {
            if (parse.GetValue(option) is { } value)
            {
                set(value);
            }
        }
    }

    /// <summary>Which probabilities are told; null: none.</summary>
    public LogprobOptions? Logprobs(ParseResult parse) => parse.GetValue(_logprobs) is { } top ? new LogprobOptions { Top = top } : null;

    /// <summary>When the answer ends.</summary>
    public StopOptions Stop(ParseResult parse)
        => new() { MaxTokens = parse.GetValue(_maxTokens) ?? 0, Sequences = { parse.GetValue(_stop) ?? [] } };

    /// <summary>How the request takes its turn.</summary>
    public ScheduleOptions Schedule(ParseResult parse) => new()
    {
        Priority = parse.GetValue(_priority) switch { "batch" => Priority.Batch, "interactive" => Priority.Interactive, _ => Priority.Unspecified },
        Deterministic = parse.GetValue(_deterministic),
    };

    /// <summary>Whether tokens may be guessed ahead.</summary>
    public Drafting Drafting(ParseResult parse) => parse.GetValue(_noDrafting) ? V1.Drafting.Off : V1.Drafting.Unspecified;

    /// <summary>What the answer may look like; null: anything.</summary>
    /// <exception cref="CliFailure">A file cannot be read, or is not UTF-8; or more than one description was given.</exception>
    public async Task<OutputConstraint?> ConstraintAsync(Session session)
    {
        var parse = session.Parse;
        var (grammar, schema, regex, choices) = (parse.GetValue(_grammar), parse.GetValue(_schema), parse.GetValue(_regex), parse.GetValue(_choices) ?? []);
        string[] given = [.. new[] { (grammar, "--grammar"), (schema, "--schema"), (regex, "--regex"), (choices.FirstOrDefault(), "--choice") }
            .Where(option => option.Item1 is not null).Select(option => option.Item2)];
        if (given.Length > 1)
        {
            throw CliFailure.Usage($"{string.Join(" and ", given)} cannot be used together.", "An answer is described in one way.");
        }
        return grammar is not null ? new OutputConstraint { Grammar = await InputText.FileAsync(grammar, session.Shell, session.Interrupts.Token) }
            : schema is not null ? new OutputConstraint { JsonSchema = new JsonSchema { Schema = await InputText.FileAsync(schema, session.Shell, session.Interrupts.Token) } }
            : regex is not null ? new OutputConstraint { Regex = regex }
            : choices.Length > 0 ? new OutputConstraint { Choices = new Choices { Texts = { choices } } }
            : null;
    }
}
