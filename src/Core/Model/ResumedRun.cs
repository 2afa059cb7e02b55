using System.Reflection;
using System.Text.Json.Serialization;
using GpuLstm.Data;
using GpuLstm.Data.Sources;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Options;
using GpuLstm.Schedules;

namespace GpuLstm.Model;

/// <summary>A training that goes on.</summary>
/// <param name="Folder">Its folder, taken.</param>
/// <param name="Model">What it has trained so far, and how.</param>
/// <param name="State">Where it stands.</param>
public sealed record ResumedRun(RunFolder Folder, TrainedModel Model, TrainingState State)
{
    private const string DefaultValue = "its default";

    /// <summary>
    /// Refuses options with which the training would not end as if it had never been stopped. Its epochs may become more, unless
    /// its schedule depends on them.
    /// </summary>
    /// <param name="options">With which it shall go on.</param>
    /// <param name="limit">The rows that are used of the file; null for all.</param>
    /// <param name="read">How the file is read.</param>
    /// <exception cref="UserErrorException">The message names what does not fit.</exception>
    public void RequireSame(TrainingOptions options, int? limit, ReadOptions read)
    {
        var began = Model.Config.Training;
        RequireSameProperties(options, began, nameof(options.Epochs), nameof(options.Hyperparameters));
        RequireSame(options.Hyperparameters, began.Hyperparameters);
        RequireEpochs(options);
        if (limit != Model.Config.Limit)
            throw Misfit(Setting.Limit, limit, Model.Config.Limit);
        RequireSameProperties(read, Model.Config.Read);
    }

    /// <summary>
    /// Refuses other rows than those of the training, and has it go on with more epochs from the next checkpoint on.
    /// </summary>
    /// <param name="options">See <see cref="RequireSame(TrainingOptions, int?, ReadOptions)"/>.</param>
    /// <param name="data">What was made of the file.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <exception cref="UserErrorException">It is another file, or another vocabulary comes of it.</exception>
    public void Continue(TrainingOptions options, PreparedData data, string source)
    {
        if (data.Sha256 != Model.Config.DataSha256)
        {
            throw new UserErrorException(
                $"'{source}' does not fit the training in '{Folder.Path}': it is not the file that it began with, byte for byte");
        }

        if (!Model.Config.Classes.Equals(data.Classes))
            throw Misfit(Setting.Labels, data.Classes, Model.Config.Classes);
        if (!data.Vocabulary.Tokens.SequenceEqual(Model.Vocabulary.Tokens))
        {
            throw new UserErrorException(
                $"the vocabulary of '{source}' does not fit the training in '{Folder.Path}', which an older version began; train "
                + $"anew");
        }

        Folder.Reconfigure(Model.Config with { Training = options, FormatVersion = RunConfig.CurrentFormatVersion });
    }

    private void RequireSameProperties<T>(T options, T began, params string[] except)
    {
        foreach (var property in typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (except.Contains(property.Name) || property.IsDefined(typeof(JsonIgnoreAttribute)))
                continue;
            var (given, used) = (property.GetValue(options), property.GetValue(began));
            if (!Equals(given, used))
                throw Misfit(Setting.Of(property.Name), given, used);
        }
    }

    private void RequireSame(HyperparameterValues given, HyperparameterValues used)
    {
        foreach (var name in given.All.Keys.Union(used.All.Keys))
        {
            object now = given.All.TryGetValue(name, out var value) ? value : DefaultValue;
            object before = used.All.TryGetValue(name, out var old) ? old : DefaultValue;
            if (!now.Equals(before))
                throw Misfit(Setting.Of(name), now, before);
        }
    }

    private void RequireEpochs(TrainingOptions options)
    {
        var began = Model.Config.Training.Epochs;
        if (options.Epochs == began)
            return;
        if (options.Epochs < began)
        {
            throw new UserErrorException(
                $"{Setting.Epochs} {options.Epochs} does not fit the training in '{Folder.Path}', which has {began}: they may "
                + $"only become more");
        }

        if (LearningRateSchedule.Named(options.Schedule)!.DependsOnLength)
        {
            throw new UserErrorException(
                $"{Setting.Epochs} {options.Epochs} does not fit the training in '{Folder.Path}': the learning rates of the "
                + $"schedule {options.Schedule} depend on the {began} epochs with which it began");
        }
    }

    private UserErrorException Misfit(Setting setting, object? given, object? used) => new(
        $"{setting} {Words(given)} does not fit the training in '{Folder.Path}', which has {Words(used)}; leave it out");

    // As the command line has them: real, not Real.
    private static string Words(object? value) => value switch
    {
        null => "none",
        Precision precision => PrecisionNames.Of(precision),
        TokenKind kind => kind == TokenKind.Character ? "char" : "word",
        Enum => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()!),
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
