using System.Globalization;
using System.Text.Json;
using GpuLstm.Data;
using GpuLstm.Files;
using GpuLstm.Metrics;
using GpuLstm.Parameters;

namespace GpuLstm.Model;

/// <summary>
/// The folder of a training run: <c>config.json</c>, <c>vocabulary.json</c>, <c>model.safetensors</c>, <c>metrics.jsonl</c> (a
/// line an epoch), <c>metrics.json</c>, and <c>training.safetensors</c>, from which it can go on. One training at a time has it.
/// The files of a checkpoint are replaced in one instant: at whatever moment the process ends, the folder holds the model from
/// before or the one from after.
/// </summary>
public sealed class RunFolder : ITrainingStore, IDisposable
{
    private readonly List<EpochReport> epochs;
    private readonly FolderLock folderLock;
    private readonly byte[] vocabulary;
    private byte[] config;

    private RunFolder(
        string path, FolderLock folderLock, RunConfig config, Vocabulary vocabulary, params IEnumerable<EpochReport> epochs)
    {
        Path = path;
        this.folderLock = folderLock;
        this.config = config.ToJson();
        this.vocabulary = vocabulary.ToJson();
        this.epochs = [.. epochs];
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The last epoch that was done at the last checkpoint; null where there was none.</summary>
    public EpochReport? SavedEpoch { get; private set; }

    /// <summary>Whether it holds a checkpoint of this training.</summary>
    public bool HasCheckpoint { get; private set; }

    /// <summary>Whether the configuration is another one than the last checkpoint's.</summary>
    public bool IsReconfigured { get; private set; }

    /// <summary>Of all epochs that are done.</summary>
    public IReadOnlyList<EpochReport> Epochs => epochs;

    /// <summary>
    /// Makes the folder, or takes one that is there; nothing that it holds changes before the first checkpoint.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="config">The training's configuration.</param>
    /// <param name="vocabulary">Its tokens.</param>
    /// <param name="overwrite">Whether a model that is there may be replaced.</param>
    /// <exception cref="UserErrorException">
    /// It cannot be made, another training has it, or it holds a model that must not be replaced.
    /// </exception>
    public static RunFolder Create(string path, RunConfig config, Vocabulary vocabulary, bool overwrite = false)
    {
        CheckFree(path, overwrite);
        var taken = Take(path) ?? throw IsTaken(path);
        try
        {
            FolderChange.TidyUp(path, RunFiles.All);
            CheckFree(path, overwrite); // what stood there before it was ours
            return new RunFolder(path, taken, config, vocabulary);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Makes a folder that was not there, named by the time of day.</summary>
    /// <param name="parent">The folder in which it is made.</param>
    /// <param name="config">The training's configuration.</param>
    /// <param name="vocabulary">Its tokens.</param>
    /// <exception cref="UserErrorException">It cannot be made.</exception>
    public static RunFolder CreateFresh(string parent, RunConfig config, Vocabulary vocabulary)
    {
        var time = DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        for (var number = 1; ; number++)
        {
            var path = System.IO.Path.Combine(parent, number == 1 ? time : $"{time}_{number}");
            if (Directory.Exists(path) || Take(path) is not { } taken)
                continue;
            // Another process may have made it at the same time, used it and gone.
            if (Directory.EnumerateFileSystemEntries(path).All(entry => System.IO.Path.GetFileName(entry) == FolderLock.Name))
                return new RunFolder(path, taken, config, vocabulary);
            taken.Dispose();
        }
    }

    /// <summary>Takes the folder of a training that was stopped, or has ended.</summary>
    /// <exception cref="UserErrorException">
    /// There is none, another training has it, it lacks what the training needs to go on, or a file of it is damaged.
    /// </exception>
    public static ResumedRun Resume(string path)
    {
        if (!Directory.Exists(path))
            throw new UserErrorException($"there is no folder '{path}'; give the folder of a training");
        if (!FolderChange.Exists(path, RunFiles.Config))
            throw new UserErrorException($"'{path}' holds no checkpoint of a training; train anew");
        var taken = Take(path) ?? throw IsTaken(path);
        try
        {
            FolderChange.TidyUp(path, RunFiles.All);
            if (!FolderChange.Exists(path, RunFiles.State))
            {
                throw new UserErrorException(
                    $"'{path}' holds a model, but not the state of its training, which was dropped or, by an older version, "
                    + $"never written; train anew");
            }

            var model = TrainedModel.Load(path);
            var state = TrainingState.Load(path, model);
            var done = EpochLines.Read(path, state.Position.Epoch);
            var folder = new RunFolder(path, taken, model.Config, model.Vocabulary, done)
            {
                SavedEpoch = done.Count > 0 ? done[^1] : null,
                HasCheckpoint = true,
            };
            return new ResumedRun(folder, model, state);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Has the training's configuration changed from the next checkpoint on.</summary>
    public void Reconfigure(RunConfig changed)
    {
        var json = changed.ToJson();
        IsReconfigured |= !json.AsSpan().SequenceEqual(config);
        config = json;
    }

    /// <summary>
    /// Refuses a folder in which a training could not leave its model; to be called before time is spent on one.
    /// </summary>
    /// <param name="path">The folder; it need not be there.</param>
    /// <param name="overwrite">Whether a model that is there may be replaced.</param>
    /// <exception cref="UserErrorException">It holds a model, or something stands where a file must go.</exception>
    public static void CheckFree(string path, bool overwrite)
    {
        var folderInPlace = RunFiles.All.Select(name => System.IO.Path.Combine(path, name)).FirstOrDefault(Directory.Exists);
        if (folderInPlace is not null)
        {
            throw new UserErrorException(
                $"'{folderInPlace}' is a folder, where a file must go; remove it or choose another folder for the model");
        }

        if (!overwrite && RunFiles.OfModel.Any(name => FolderChange.Exists(path, name)))
        {
            throw new UserErrorException(
                $"'{path}' holds a model; choose another folder, or give {Setting.Overwrite} to replace it");
        }
    }

    /// <summary>Writes parameters, the epoch's line of metrics, and the state from which the training can go on.</summary>
    /// <param name="layout">Where each parameter is.</param>
    /// <param name="parameters">Of the model.</param>
    /// <param name="report">Of the epoch that has just ended; null in the middle of one, or before the first.</param>
    /// <param name="state">Null: the training cannot go on from here.</param>
    /// <exception cref="UserErrorException">
    /// The files cannot be written, or a parameter is not finite; the model that stood there is whole.
    /// </exception>
    public void SaveCheckpoint(
        ParameterLayout layout, float[] parameters, EpochReport? report, TrainingState? state = null)
    {
        if (report is not null)
            epochs.Add(report);
        Save(layout, parameters, state);
    }

    /// <summary>Writes the finished run's figures.</summary>
    /// <param name="metrics">The figures.</param>
    /// <param name="dropState">Whether the state goes, so that the training cannot go on later.</param>
    public void SaveMetrics(TrainingMetrics metrics, bool dropState = false)
    {
        using var change = new FolderChange(Path, RunFiles.All);
        change.Write(RunFiles.Metrics, stream => JsonSerializer.Serialize(stream, metrics, JsonText.Indented));
        if (dropState)
            change.Remove(RunFiles.State);
        change.Commit(() => { });
    }

    /// <summary>Writes a model that was trained without a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="model">The model.</param>
    /// <param name="overwrite">Whether a model that is there may be replaced.</param>
    /// <exception cref="UserErrorException">See <see cref="Create"/> and <see cref="SaveCheckpoint"/>.</exception>
    public static void Save(string path, TrainedModel model, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var folder = Create(path, model.Config, model.Vocabulary, overwrite);
        folder.SaveCheckpoint(new ParameterLayout(model.Options), model.Parameters, report: null);
    }

    /// <summary>Lets others write to the folder.</summary>
    public void Dispose() => folderLock.Dispose();

    private static UserErrorException IsTaken(string path) =>
        new($"another training is writing to '{path}'; wait for its end or choose another folder");

    private static FolderLock? Take(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            throw FileErrors.CannotMakeFolder(path, e);
        }

        return FolderLock.TryTake(path);
    }

    private void Save(ParameterLayout layout, float[] parameters, TrainingState? state)
    {
        var saved = epochs.LastOrDefault();
        var epoch = saved?.Epoch ?? 0;
        CheckFinite(layout, parameters, epoch);
        using var change = new FolderChange(Path, RunFiles.All);
        change.Write(RunFiles.Config, stream => stream.Write(config));
        change.Write(RunFiles.Vocabulary, stream => stream.Write(vocabulary));
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["epoch"] = epoch.ToString(CultureInfo.InvariantCulture),
        };
        var hashes = ModelHashes.Of(config, vocabulary, parameters);
        hashes.AddTo(metadata);
        change.Write(RunFiles.Weights, stream => SafetensorsFile.Write(stream, layout.Tensors, metadata, parameters));
        if (state is null)
            change.Remove(RunFiles.State);
        else
            change.Write(RunFiles.State, stream => state.Write(stream, layout, hashes));
        change.Write(RunFiles.Epochs, stream => EpochLines.Write(stream, epochs));
        change.Remove(RunFiles.Metrics); // an earlier run's, until this one is finished
        change.Commit(() => (SavedEpoch, HasCheckpoint, IsReconfigured) = (saved, true, false));
    }

    private static void CheckFinite(ParameterLayout layout, float[] parameters, int epoch)
    {
        foreach (var tensor in layout.Tensors)
        {
            foreach (var value in tensor.In(parameters))
            {
                if (!float.IsFinite(value))
                {
                    throw new UserErrorException(
                        $"{tensor.Name} is no longer finite after epoch {epoch}, and was not saved; use a smaller "
                        + $"{Setting.LearningRate}");
                }
            }
        }
    }
}
