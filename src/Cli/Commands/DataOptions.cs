using System.CommandLine;
using GpuLstm.Cli.Help;
using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Cli.Commands;

/// <summary>What <c>train</c> and <c>data describe</c> make of a file, by the same options.</summary>
internal sealed class DataOptions
{
    private enum PresetName
    {
        Article,
    }

    private static readonly Dictionary<string, PresetName> Presets = new(StringComparer.OrdinalIgnoreCase)
    {
        ["article"] = PresetName.Article,
    };

    private readonly Option<PresetName?> preset = CommonOptions.Choice(
        "--preset",
        "Model and schedule to start from, which other options override; article: --tokens char --min-count 1 --max-length 200 "
        + "--lengths padded "
        + "--embedding 16 --hidden 1 --epochs 100 --batch-size 32 --learning-rate 0.001",
        Presets,
        "none");

    public Option<string?> Data { get; } = CommonOptions.Data();

    public ReadingOptions Reading { get; } = new();

    public Option<string?> Labels { get; } = new ProgramOption<string?>("--labels")
    {
        Description = "The labels to tell apart, as they are written, with commas between (one with a comma in quotes); or all",
        HelpName = "names",
        DefaultText = $"all; {ClassNames.Sentiments} of the article's tweets",
    };

    public Option<int?> Limit { get; } = CommonOptions.Limit();

    public Option<TokenKind?> Tokens { get; } = CommonOptions.Tokens();

    public Option<int?> MinCount { get; } = CommonOptions.MinCount();

    public Option<int?> MaxLength { get; } = CommonOptions.MaxLength(TrainingOptions.Default.MaxLength);

    public Option Preset => preset;

    /// <summary>The file, or the built-in sample.</summary>
    public DataFile File(ParseResult parsed) => parsed.GetValue(Data) is { } given ? DataFile.Given(given) : DataFile.Sample;

    /// <summary>The rows to use; null for all.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="labels">The labels to tell apart; null where the data tell.</param>
    /// <exception cref="UsageException">Out of range.</exception>
    public int? ReadLimit(ParseResult parsed, IReadOnlyList<string>? labels) => UsageException.Check(() =>
    {
        var limit = parsed.GetValue(Limit);
        TrainTestSplit.CheckLimit(limit, Math.Max(2, labels?.Count ?? 0));
        return limit;
    });

    /// <summary>The labels to tell apart; null where none are given.</summary>
    /// <exception cref="UsageException">There are fewer than two, or one is there twice.</exception>
    public IReadOnlyList<string>? ReadLabels(ParseResult parsed) => UsageException.Check(() =>
    {
        if (parsed.GetValue(Labels) is not { } given)
            return null;
        string[] names = [.. LabelledTexts.LabelsOf(given)];
        if (!names.SequenceEqual(LabelledTexts.AllLabels) && (names.Length < 2 || names.Distinct().Count() < names.Length))
        {
            throw new UserErrorException(
                $"{Setting.Labels} {given} are not two or more different labels, as in Positive,Neutral; nor all");
        }

        return names;
    });

    /// <summary>The preset, with what else is given of these options.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="resumed">What a training that goes on began with; null for a new one.</param>
    public TrainingOptions Options(ParseResult parsed, TrainingOptions? resumed = null)
    {
        var chosen = parsed.GetValue(preset) == PresetName.Article ? TrainingOptions.Article : resumed;
        var start = chosen ?? TrainingOptions.Default;
        var tokens = parsed.GetValue(Tokens) ?? start.Tokens;
        return start with
        {
            Tokens = tokens,
            MinCount = parsed.GetValue(MinCount) ?? chosen?.MinCount ?? TrainingOptions.DefaultMinCount(tokens),
            MaxLength = parsed.GetValue(MaxLength) ?? start.MaxLength,
        };
    }
}
