using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Files;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Model;

/// <summary>A model read back from its run folder.</summary>
/// <param name="Config">How it was trained.</param>
/// <param name="Vocabulary">Its tokens.</param>
/// <param name="Options">Its shape.</param>
/// <param name="Parameters">Its parameters, flat in <see cref="ParameterLayout"/>'s order.</param>
public sealed record TrainedModel(RunConfig Config, Vocabulary Vocabulary, ModelOptions Options, float[] Parameters)
{
    private const int MaxConfigBytes = 1_000_000;
    private const int MaxVocabularyBytes = 1_000_000_000; // a million words have 20 MB
    private const int Attempts = 100;
    private const int AttemptsAtRest = 3; // the times of some file systems are whole seconds
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(10);

    /// <summary>Of its files, as they were read; null where they were not.</summary>
    internal ModelHashes? Hashes { get; private init; }

    /// <summary>False for a model of a version that wrote no hashes: that its files belong together is not known.</summary>
    public bool HasHashes => Config.FormatVersion >= RunConfig.FirstVersionWithHashes;

    /// <summary>
    /// True for a model of words of a version that parted them at single spaces; <see cref="Tokenizer"/> parts them at any white
    /// space now.
    /// </summary>
    public bool HasWordsOfSingleSpaces =>
        Config.FormatVersion < RunConfig.FirstVersionWithData && Vocabulary.Kind == TokenKind.Word;

    /// <summary>
    /// Reads <c>config.json</c>, <c>vocabulary.json</c> and <c>model.safetensors</c>. A training may write to the folder at the
    /// same time: what comes back is one model, from before or after.
    /// </summary>
    /// <exception cref="UserErrorException">A file is missing, foreign or damaged, or they do not belong together.</exception>
    public static TrainedModel Load(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UserErrorException($"there is no folder '{folder}'; give the folder of a trained model");
        CompleteChange(folder);
        for (var attempt = 1; ; attempt++)
        {
            var before = FolderChange.Stamp(folder, RunFiles.OfModel);
            try
            {
                return Read(folder);
            }
            catch (UserErrorException) when (
                attempt < (FolderChange.Stamp(folder, RunFiles.OfModel) == before ? AttemptsAtRest : Attempts))
            {
                Thread.Sleep(BetweenAttempts); // it changed under our hands, or may have
            }
        }
    }

    /// <summary>
    /// Where a training was killed between two moves, puts its files into their places, for readers that know nothing of changes.
    /// It is read right also where that cannot be done.
    /// </summary>
    private static void CompleteChange(string folder)
    {
        if (!FolderChange.IsIncomplete(folder))
            return;
        try
        {
            using var folderLock = FolderLock.TryTake(folder);
            if (folderLock is not null)
                FolderChange.TidyUp(folder, RunFiles.All);
        }
        catch (UserErrorException)
        {
            // A disk that is full or may not be written to.
        }
    }

    // The weights come last: they are the ones that know which files belong to them, and a change that is seen in an earlier file
    // is seen in a later one too.
    private static TrainedModel Read(string folder)
    {
        var configBytes = ReadAll(folder, RunFiles.Config, MaxConfigBytes);
        var vocabularyBytes = ReadAll(folder, RunFiles.Vocabulary, MaxVocabularyBytes);
        var (configName, vocabularyName) = (Path.Combine(folder, RunFiles.Config), Path.Combine(folder, RunFiles.Vocabulary));
        var config = RunConfig.Parse(configBytes, configName);
        var vocabulary = Vocabulary.Parse(vocabularyBytes, vocabularyName);
        var options = Shape(config, vocabulary, configName, vocabularyName);

        using var stream = Open(folder, RunFiles.Weights);
        var weightsName = Path.Combine(folder, RunFiles.Weights);
        var content = ReadWeights(stream, weightsName, new ParameterLayout(options));
        var model = new TrainedModel(config, vocabulary, options, content.Values);
        var hashes = ModelHashes.Of(configBytes, vocabularyBytes, content.Values);
        CheckHashes(model, ModelHashes.From(content.Metadata), hashes, folder);
        return model with { Hashes = hashes };
    }

    private static ModelOptions Shape(RunConfig config, Vocabulary vocabulary, string configName, string vocabularyName)
    {
        if (config.Training.Tokens != vocabulary.Kind)
        {
            throw new UserErrorException(
                $"'{configName}' speaks of {Words(config.Training.Tokens)} and '{vocabularyName}' holds "
                + $"{Words(vocabulary.Kind)}; they are of different models");
        }

        var options = config.Training.Model(vocabulary, config.Classes.Count);
        try
        {
            // Nothing is trained beyond these limits, so no model can be larger.
            new EngineLimits(config.Training.BatchSize, options.MaxLength).Check(options);
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException($"'{configName}' is of no model that can be trained: {e.Message}", e);
        }

        return options;

        static string Words(TokenKind kind) => kind == TokenKind.Word ? "words" : "characters";
    }

    private static void CheckHashes(TrainedModel model, ModelHashes? written, ModelHashes found, string folder)
    {
        var weights = Path.Combine(folder, RunFiles.Weights);
        if (written is null && !model.HasHashes)
            return;
        if (written is null)
        {
            throw new UserErrorException(
                $"'{weights}' lacks the hashes that tie it to its configuration and vocabulary; train again or give another "
                + $"model");
        }

        Compare(RunFiles.Config, written.Config, found.Config);
        Compare(RunFiles.Vocabulary, written.Vocabulary, found.Vocabulary);
        if (written.Weights != found.Weights)
        {
            throw new UserErrorException(
                $"'{weights}' is damaged: its values are not those that were written; train again or give another model");
        }

        void Compare(string name, string wanted, string hash)
        {
            if (wanted != hash)
            {
                throw new UserErrorException(
                    $"'{Path.Combine(folder, name)}' and '{weights}' are of different models, or one was changed; train again "
                    + $"or give another model");
            }
        }
    }

    private static SafetensorsContent ReadWeights(FileStream stream, string name, ParameterLayout layout)
    {
        try
        {
            return SafetensorsFile.Read(stream, name, layout.Tensors);
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            throw FileErrors.CannotRead(name, e);
        }
    }

    private static byte[] ReadAll(string folder, string name, int maxBytes)
    {
        using var stream = Open(folder, name);
        try
        {
            return PlainFile.ReadAll(stream, maxBytes);
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            throw FileErrors.CannotRead(Path.Combine(folder, name), e);
        }
    }

    private static FileStream Open(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            return FolderChange.OpenRead(folder, name);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"'{path}' does not exist; give the folder of a trained model", e);
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            throw FileErrors.CannotRead(path, e);
        }
    }
}
