using System.CommandLine;
using System.Text.Json;

namespace GpuLstm.Cli.Commands;

/// <summary>What the command line calls the settings that the library's messages name.</summary>
internal static class OptionNames
{
    /// <summary>The options for each setting: of several, a command has one at most.</summary>
    public static IReadOnlyDictionary<Setting, string[]> All { get; } = new Dictionary<Setting, string[]>
    {
        [Setting.Accelerator] = ["--accelerator"],
        [Setting.AverageDecay] = ["--average-decay"],
        [Setting.Batch] = ["--batch"],
        [Setting.BatchSize] = ["--batch-size"],
        [Setting.CheckpointEvery] = ["--checkpoint-every"],
        [Setting.ClassWeights] = ["--class-weights"],
        [Setting.ClipNorm] = ["--clip-norm"],
        [Setting.EmbeddingSize] = ["--embedding"],
        [Setting.Encoding] = ["--encoding"],
        [Setting.Epochs] = ["--epochs"],
        [Setting.GroupColumn] = ["--group-column"],
        [Setting.Hidden] = ["--hidden"],
        [Setting.HiddenSize] = ["--hidden"],
        [Setting.Layers] = ["--layers"],
        [Setting.Bidirectional] = ["--bidirectional"],
        [Setting.LabelColumn] = ["--label-column"],
        [Setting.LabelSmoothing] = ["--label-smoothing"],
        [Setting.ForgetBias] = ["--forget-bias"],
        [Setting.RecurrentStart] = ["--recurrent-start"],
        [Setting.Pairs] = ["--pairs"],
        [Setting.PairRows] = ["--pair-rows"],
        [Setting.PairSize] = ["--pair-size"],
        [Setting.Ngrams] = ["--ngrams"],
        [Setting.NgramRows] = ["--ngram-rows"],
        [Setting.NgramSize] = ["--ngram-size"],
        [Setting.MinNgram] = ["--min-ngram"],
        [Setting.MaxNgram] = ["--max-ngram"],
        [Setting.EmbeddingScale] = ["--embedding-scale"],
        [Setting.Vectors] = ["--vectors"],
        [Setting.FreezeEmbedding] = ["--freeze-embedding"],
        [Setting.EmbeddingDropout] = ["--embedding-dropout"],
        [Setting.LayerDropout] = ["--layer-dropout"],
        [Setting.RecurrentDropout] = ["--recurrent-dropout"],
        [Setting.HeadDropout] = ["--head-dropout"],
        [Setting.Tokens] = ["--tokens"],
        [Setting.TokenDropout] = ["--token-dropout"],
        [Setting.Labels] = ["--labels"],
        [Setting.LearningRate] = ["--learning-rate"],
        [Setting.Limit] = ["--limit"],
        [Setting.MaxLength] = ["--max-length"],
        [Setting.MaxRows] = ["--batch-size", "--batch"],
        [Setting.MaxSteps] = ["--max-length", "--steps"],
        [Setting.MinCount] = ["--min-count"],
        [Setting.Optimizer] = ["--optimizer"],
        [Setting.Overwrite] = ["--overwrite"],
        [Setting.Precision] = ["--precision"],
        [Setting.Schedule] = ["--schedule"],
        [Setting.Seconds] = ["--seconds"],
        [Setting.Separator] = ["--separator"],
        [Setting.SkipBadRows] = ["--skip-bad-rows"],
        [Setting.Steps] = ["--steps"],
        [Setting.TextColumn] = ["--text-column"],
        [Setting.Threads] = ["--threads"],
        [Setting.VocabularySize] = ["--vocabulary"],
        [Setting.WarmupSteps] = ["--warmup-steps"],
    };

    /// <summary>The option of a setting or hyperparameter that has the same name: <c>weightDecay</c> is --weight-decay.</summary>
    public static string OfSetting(string name) => $"--{JsonNamingPolicy.KebabCaseLower.ConvertName(name)}";

    /// <summary>An exception's message with the options of the command that was run.</summary>
    public static string Message(Exception exception, Command command) =>
        exception is IUserError error ? error.UserMessage.ToString(setting => Of(setting, command)) : exception.Message;

    // Of a model that another command made, that one's options are the ones to change.
    private static string Of(Setting setting, Command command)
    {
        if (!All.TryGetValue(setting, out var names))
            return OfSetting(setting.Name);
        return names.FirstOrDefault(name => command.Options.Any(option => option.Name == name)) ?? names[0];
    }
}
