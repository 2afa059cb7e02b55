using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using GpuLstm.Cli.Help;
using GpuLstm.Cli.Output;
using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Model;
using GpuLstm.Options;

namespace GpuLstm.Cli.Commands;

/// <summary>Options that several commands share, and how options are read.</summary>
internal static class CommonOptions
{
    private static readonly Dictionary<string, AcceleratorKind> Accelerators =
        Enum.GetValues<AcceleratorKind>().ToDictionary(AcceleratorNames.Of, StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, TextLengths> AllLengths = new(StringComparer.OrdinalIgnoreCase)
    {
        ["padded"] = TextLengths.Padded,
        ["real"] = TextLengths.Real,
    };

    private static readonly Dictionary<string, Readout> Readouts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["last"] = Options.Readout.Last,
        ["mean"] = Options.Readout.Mean,
        ["max"] = Options.Readout.Max,
        ["mean-max"] = Options.Readout.MeanMax,
        ["attention"] = Options.Readout.Attention,
    };

    private static readonly Dictionary<string, TokenKind> TokenKinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["char"] = TokenKind.Character,
        ["word"] = TokenKind.Word,
    };

    /// <summary><c>--accelerator</c>, auto by default.</summary>
    public static Option<AcceleratorKind?> Accelerator(
        string description = "Where to compute; auto takes a GPU if there is one", string defaultText = "auto") =>
        Choice("--accelerator", description, Accelerators, defaultText);

    /// <summary>The accelerator of a name that an engine gave.</summary>
    public static AcceleratorKind AcceleratorNamed(string name) =>
        Accelerators.GetValueOrDefault(name, AcceleratorKind.Auto);

    /// <summary><c>--threads</c>, all cores by default.</summary>
    public static Option<int?> Threads() =>
        Number<int>(
            "--threads", "Threads of the cpu engine and of reading; no result depends on it",
            $"{Environment.ProcessorCount}, one a core");

    /// <summary>The threads asked for.</summary>
    /// <exception cref="UsageException">They are out of range.</exception>
    public static int? ReadThreads(ParseResult parsed, Option<int?> threads) => UsageException.Check(() =>
    {
        var count = parsed.GetValue(threads);
        EngineLimits.CheckThreads(count);
        return count;
    });

    /// <summary>Has a command refuse threads for an accelerator that has none of this kind.</summary>
    public static void RefuseThreadsOfDevices(Command command, Option<int?> threads, Option<AcceleratorKind?> accelerator) =>
        command.Validators.Add(result =>
        {
            if (result.GetResult(threads) is not null
                && result.GetResult(accelerator) is { Tokens: [{ Value: var name }] }
                && Accelerators.TryGetValue(name, out var choice)
                && choice is not (AcceleratorKind.Auto or AcceleratorKind.Cpu))
            {
                result.AddError($"{threads.Name} is for the cpu engine; leave it out with {accelerator.Name} {name}");
            }
        });

    /// <summary><c>--data FILE</c>.</summary>
    public static Option<string?> Data(string defaultText = "the built-in sample") =>
        new ProgramOption<string?>("--data")
        {
            Description =
                "Labelled texts: CSV, TSV, JSON lines, fastText's form, a folder with a folder a class, or - for standard input",
            HelpName = "file",
            DefaultText = defaultText,
        };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for programs" };

    /// <summary><c>--model DIR</c>, required.</summary>
    public static Option<string> Model() =>
        new("--model") { Description = "The folder of a trained model", HelpName = "folder", Required = true };

    /// <summary>Reads the model that <see cref="Model"/> names, and says where its files are not tied to each other.</summary>
    /// <exception cref="UserErrorException">See <see cref="TrainedModel.Load"/>.</exception>
    public static TrainedModel LoadModel(string folder)
    {
        var model = TrainedModel.Load(folder);
        if (!model.HasHashes)
        {
            Terminal.Note(
                $"note: '{folder}' has format version {model.Config.FormatVersion}, without hashes: whether its files belong "
                + $"together is not checked");
        }

        if (model.HasWordsOfSingleSpaces)
        {
            Terminal.Note(
                $"note: '{folder}' has format version {model.Config.FormatVersion}, of which words were parted at single "
                + $"spaces; now any white space parts them");
        }

        return model;
    }

    /// <summary><c>--limit</c>.</summary>
    public static Option<int?> Limit() => Number<int>(
        "--limit", $"Use only so many rows, drawn from all classes and both parts; two for each class at least", "all rows");

    /// <summary><c>--tokens</c>.</summary>
    public static Option<TokenKind?> Tokens() =>
        Choice("--tokens", "What a token is", TokenKinds, NameOf(TokenKinds, TrainingOptions.Default.Tokens));

    /// <summary><c>--min-count</c>.</summary>
    public static Option<int?> MinCount() =>
        Number<int>(
            "--min-count", $"Tokens that are rarer in the training rows count as {Vocabulary.Unknown}",
            "2 for words, 1 for characters");

    /// <summary><c>--embedding</c>.</summary>
    public static Option<int?> EmbeddingSize(int defaultValue) => Number<int>("--embedding", "Embedding size", $"{defaultValue}");

    /// <summary><c>--hidden</c>.</summary>
    public static Option<int?> HiddenSize(int defaultValue) => Number<int>("--hidden", "Hidden size", $"{defaultValue}");

    /// <summary><c>--layers</c>.</summary>
    public static Option<int?> Layers() => Number<int>(
        "--layers", "LSTM layers, each on the hidden states of the one below; 8 at most", $"{TrainingOptions.Default.Layers}");

    /// <summary><c>--bidirectional</c>.</summary>
    public static Option<bool> Bidirectional() =>
        new("--bidirectional") { Description = "Each layer also runs from a text's end to its beginning" };

    /// <summary><c>--max-length</c>.</summary>
    public static Option<int?> MaxLength(int defaultValue) =>
        Number<int>("--max-length", "Tokens a text is padded or cut to", $"{defaultValue}");

    /// <summary><c>--batch-size</c>.</summary>
    public static Option<int?> BatchSize(int defaultValue) =>
        Number<int>("--batch-size", "Rows a training step", $"{defaultValue}");

    /// <summary><c>--lengths</c>.</summary>
    public static Option<TextLengths?> Lengths() =>
        Choice(
            "--lengths", "How many steps a text runs: all, padding included, or as many as it has tokens", AllLengths,
            NameOf(AllLengths, TrainingOptions.Default.Lengths));

    /// <summary><c>--readout</c>.</summary>
    public static Option<Readout?> Readout() => Choice(
        "--readout",
        "What the answer is read from: the last step's hidden state, the mean or the largest value of each unit over the steps, "
        + "both, or all steps by a learnt attention", Readouts,
        NameOf(Readouts, TrainingOptions.Default.Readout));

    /// <summary>How a readout is typed.</summary>
    public static string NameOf(Readout readout) => NameOf(Readouts, readout);

    /// <summary>How a value is typed.</summary>
    public static string NameOf<T>(IReadOnlyDictionary<string, T> choices, T value) =>
        choices.First(choice => Equals(choice.Value, value)).Key;

    /// <summary>A number; null where it is not given.</summary>
    public static Option<T?> Number<T>(string name, string description, string defaultText, params string[] aliases)
        where T : struct, INumber<T> =>
        new ProgramOption<T?>(name, aliases)
        {
            Description = description,
            HelpName = "number",
            DefaultText = defaultText,
            CustomParser = result => ReadNumber<T>(result, name, result.Tokens[0].Value),
        };

    /// <summary>One number or several; <paramref name="defaultValue"/> where it is not given.</summary>
    public static Option<T[]> Numbers<T>(string name, string description, T defaultValue)
        where T : struct, INumber<T> =>
        new ProgramOption<T[]>(name)
        {
            Description = description,
            HelpName = "number...",
            DefaultText = $"{defaultValue}",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [defaultValue],
            CustomParser = result => [.. result.Tokens.Select(token => ReadNumber<T>(result, name, token.Value)).OfType<T>()],
        };

    /// <summary>One of a few words; null where it is not given.</summary>
    public static Option<T?> Choice<T>(
        string name, string description, IReadOnlyDictionary<string, T> choices, string defaultText)
        where T : struct =>
        new ProgramOption<T?>(name)
        {
            Description = $"{description} ({string.Join(", ", choices.Keys)})",
            HelpName = "choice",
            DefaultText = defaultText,
            CompletionSources = { _ => choices.Keys.Select(key => new CompletionItem(key)) },
            CustomParser = result => ReadChoice(result, name, result.Tokens[0].Value, choices),
        };

    /// <summary>One of a few names; null where it is not given.</summary>
    public static Option<string?> Named(string name, string description, IReadOnlyList<string> names, string defaultText) =>
        new ProgramOption<string?>(name)
        {
            Description = $"{description} ({string.Join(", ", names)})",
            HelpName = "choice",
            DefaultText = defaultText,
            CompletionSources = { _ => names.Select(known => new CompletionItem(known)) },
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                var found = names.FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
                if (found is null)
                    result.AddError($"{name} '{text}' is not one of: {string.Join(", ", names)}");
                return found;
            },
        };

    /// <summary>One or several of a few words; the first of them where it is not given.</summary>
    public static Option<T[]> Choices<T>(string name, string description, IReadOnlyDictionary<string, T> choices)
        where T : struct =>
        new ProgramOption<T[]>(name)
        {
            Description = $"{description} ({string.Join(", ", choices.Keys)})",
            HelpName = "choice...",
            DefaultText = choices.Keys.First(),
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
            CompletionSources = { _ => choices.Keys.Select(key => new CompletionItem(key)) },
            DefaultValueFactory = _ => [choices.Values.First()],
            CustomParser = result =>
                [.. result.Tokens.Select(token => ReadChoice(result, name, token.Value, choices)).OfType<T>()],
        };

    private static T? ReadNumber<T>(ArgumentResult result, string name, string text)
        where T : struct, INumber<T>
    {
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            return value;
        result.AddError(
            $"{name} '{text}' is not a {(T.IsInteger(T.One / (T.One + T.One)) ? "whole number in range" : "number")}");
        return null;
    }

    private static T? ReadChoice<T>(ArgumentResult result, string name, string text, IReadOnlyDictionary<string, T> choices)
        where T : struct
    {
        if (choices.TryGetValue(text, out var value))
            return value;
        result.AddError($"{name} '{text}' is not one of: {string.Join(", ", choices.Keys)}");
        return null;
    }
}
