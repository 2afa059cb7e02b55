using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GpuLstm.Data;
using GpuLstm.Data.Sources;
using GpuLstm.Files;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Options;

namespace GpuLstm.Model;

/// <summary><c>config.json</c>: how a model was trained, and what shape it has.</summary>
/// <param name="FormatVersion">
/// Of the model's folder: 1, without hashes; 2, without the hash of the data and with words parted at spaces alone; 3, with Adam
/// alone; 4, with one LSTM layer in one direction; 5, in which the head read the last step alone; 6, without
/// dropout and other initial values; 7, without pairs; 8, without n-grams; or 9.
/// </param>
/// <param name="Data">The data file's name without its path; before version 4 as it was given.</param>
/// <param name="Limit">
/// The rows that were used of it (<see cref="TrainTestSplit.Limited"/>; before version 3 the first ones); null for all.
/// </param>
/// <param name="Training">Model and schedule.</param>
public sealed record RunConfig(
    int FormatVersion, string Data, int? Limit, [property: JsonPropertyOrder(1)] TrainingOptions Training)
{
    /// <summary>The version that this program writes.</summary>
    public const int CurrentFormatVersion = 9;

    /// <summary>The first version that knows embeddings of n-grams.</summary>
    internal const int FirstVersionWithNgrams = 9;

    /// <summary>The first version that knows embeddings of pairs.</summary>
    internal const int FirstVersionWithPairs = 8;

    /// <summary>The first version that knows dropout and other initial values.</summary>
    internal const int FirstVersionWithDropout = 7;

    /// <summary>The first version that knows readouts of all steps.</summary>
    internal const int FirstVersionWithReadouts = 6;

    /// <summary>The first version that knows layers and directions.</summary>
    internal const int FirstVersionWithLayers = 5;

    /// <summary>The first version that knows optimizers, schedules and the state of a training.</summary>
    internal const int FirstVersionWithOptimizers = 4;

    /// <summary>The first version that knows its data by a hash, draws the rows of a limit, and has a minimum count.</summary>
    internal const int FirstVersionWithData = 3;

    /// <summary>The first version whose files are tied by hashes; those before are read too.</summary>
    internal const int FirstVersionWithHashes = 2;

    private static readonly JsonSerializerOptions Options = new(JsonText.Strict)
    {
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false),
            new HyperparameterConverter(),
            new ClassNamesConverter(),
        },
    };

    /// <summary>The classes by label; before version 4 Positive and Negative.</summary>
    public ClassNames Classes { get; init; } = ClassNames.Sentiments;

    /// <summary>How the data file is read; before version 4 by the defaults.</summary>
    public ReadOptions Read { get; init; } = ReadOptions.Default;

    /// <summary>What the draw of a limit's rows started from; null without a limit, and before version 3.</summary>
    public uint? LimitSeed { get; init; }

    /// <summary>SHA-256 of the data file's bytes, in hexadecimal; null before version 3.</summary>
    public string? DataSha256 { get; init; }

    /// <summary>The configuration of a training that starts now.</summary>
    public static RunConfig Of(
        string data, string dataSha256, int? limit, TrainingOptions training, ClassNames? classes = null,
        ReadOptions? read = null) =>
        new(CurrentFormatVersion, data, limit, training with { Vectors = Path.GetFileName(training.Vectors) })
        {
            DataSha256 = dataSha256,
            Classes = classes ?? ClassNames.Sentiments,
            Read = read ?? ReadOptions.Default,
            LimitSeed = limit is null ? null : StratifiedSample.DefaultSeed,
        };

    /// <summary>The file's bytes.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Options);

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="UserErrorException">
    /// They are no configuration that some version of this program writes; the message names the file.
    /// </exception>
    public static RunConfig Parse(ReadOnlySpan<byte> json, string name)
    {
        RunConfig config;
        try
        {
            json = WithLengths(json);
            config = JsonSerializer.Deserialize<RunConfig>(json, Options)
                ?? throw new UserErrorException($"'{name}' holds no configuration; train again or give another model");
        }
        catch (JsonException e)
        {
            throw new UserErrorException(
                $"'{name}' line {e.LineNumber + 1} is not a model's configuration; train again or give another model", e);
        }

        if (config.FormatVersion is < 1 or > CurrentFormatVersion)
        {
            throw new UserErrorException(
                $"'{name}' has format version {config.FormatVersion}, this program reads 1 to {CurrentFormatVersion}; "
                + "train again or use the version that wrote it");
        }

        config.Check(name); // first: what is infinite cannot be written at all
        var written = JsonNode.Parse(json)!.AsObject();
        if (config.FormatVersion < FirstVersionWithHashes)
            // the first of them knew one only
            written["training"]!.AsObject().TryAdd("precision", PrecisionNames.Of(Precision.Full));
        var isWritten = config.FormatVersion >= FirstVersionWithLayers || AddLayers(written);
        isWritten &= config.FormatVersion >= FirstVersionWithNgrams || AddNgrams(written);
        isWritten &= config.FormatVersion >= FirstVersionWithPairs || AddPairs(written);
        isWritten &= config.FormatVersion >= FirstVersionWithDropout || AddDropout(written);
        isWritten &= config.FormatVersion >= FirstVersionWithReadouts || config.Training.Readout == Readout.Last;
        isWritten &= config.FormatVersion >= FirstVersionWithOptimizers || AddOptimizersAndClasses(written);
        if (config.FormatVersion < FirstVersionWithData)
        {
            config = config with { Training = config.Training with { MinCount = 1 } };
            isWritten &= written.TryAdd("limitSeed", null)
                && written.TryAdd("dataSha256", null)
                && written["training"]!.AsObject().TryAdd("minCount", 1);
        }
        else
        {
            isWritten &= IsSha256(config.DataSha256)
                && config.LimitSeed is null == config.Limit is null
                && !(config.Limit < 2 * config.Classes.Count);
        }

        if (!isWritten || !JsonText.IsAsWritten(written, config, Options))
        {
            throw new UserErrorException(
                $"'{name}' is not a model's configuration: it holds a value that is never written; train again or give another "
                + $"model");
        }

        return config;
    }

    /// <summary>
    /// Before <see cref="FirstVersionWithOptimizers"/> lengths and readout were one, <c>last-step</c> and <c>last-token</c>.
    /// </summary>
    private static ReadOnlySpan<byte> WithLengths(ReadOnlySpan<byte> json)
    {
        try
        {
            if (JsonNode.Parse(json, documentOptions: new() { AllowDuplicateProperties = false }) is JsonObject config
                && config["training"] is JsonObject training
                && config["formatVersion"] is JsonValue version
                && version.TryGetValue(out int number)
                && number < FirstVersionWithOptimizers
                && !training.ContainsKey("lengths")
                && training["readout"] is JsonValue readout
                && readout.TryGetValue(out string? name)
                && name is "last-step" or "last-token")
            {
                training["lengths"] = name == "last-step" ? "padded" : "real";
                training["readout"] = "last";
                return JsonSerializer.SerializeToUtf8Bytes(config);
            }
        }
        catch (InvalidOperationException)
        {
            // A name or a value that is no text: the reader refuses it.
        }

        return json;
    }

    /// <summary>Adds what versions before n-grams did.</summary>
    /// <returns>False where some of it is there.</returns>
    private static bool AddNgrams(JsonObject config)
    {
        var training = config["training"]!.AsObject();
        return training.TryAdd("ngrams", null)
            && training.TryAdd("ngramRows", TrainingOptions.Default.NgramRows)
            && training.TryAdd("ngramSize", null)
            && training.TryAdd("minNgram", TrainingOptions.Default.MinNgram)
            && training.TryAdd("maxNgram", TrainingOptions.Default.MaxNgram);
    }

    /// <summary>Adds what versions before pairs did.</summary>
    /// <returns>False where some of it is there.</returns>
    private static bool AddPairs(JsonObject config)
    {
        var training = config["training"]!.AsObject();
        return training.TryAdd("pairs", null)
            && training.TryAdd("pairRows", TrainingOptions.Default.PairRows)
            && training.TryAdd("pairSize", null);
    }

    /// <summary>Adds what versions before dropout and other initial values did.</summary>
    /// <returns>False where some of it is there.</returns>
    private static bool AddDropout(JsonObject config)
    {
        var training = config["training"]!.AsObject();
        return training.TryAdd("embeddingDropout", 0)
            && training.TryAdd("layerDropout", 0)
            && training.TryAdd("recurrentDropout", 0)
            && training.TryAdd("headDropout", 0)
            && training.TryAdd("tokenDropout", 0)
            && training.TryAdd("forgetBias", null)
            && training.TryAdd("recurrentStart", "uniform")
            && training.TryAdd("embeddingScale", 1)
            && training.TryAdd("vectors", null)
            && training.TryAdd("freezeEmbedding", false);
    }

    /// <summary>Adds what versions before layers and directions did.</summary>
    /// <returns>False where some of it is there.</returns>
    private static bool AddLayers(JsonObject config)
    {
        var training = config["training"]!.AsObject();
        return training.TryAdd("layers", 1) && training.TryAdd("bidirectional", false);
    }

    /// <summary>Adds what versions before optimizers and classes did.</summary>
    /// <returns>False where some of it is there.</returns>
    private static bool AddOptimizersAndClasses(JsonObject config)
    {
        var training = config["training"]!.AsObject();
        return config.TryAdd("classes", new JsonArray([.. ClassNames.Sentiments.Select(name => JsonValue.Create(name))]))
            && config.TryAdd("read", JsonSerializer.SerializeToNode(ReadOptions.Default, Options))
            && training.TryAdd("classWeights", TrainingOptions.NoClassWeights)
            && training.TryAdd("labelSmoothing", 0)
            && training.TryAdd("optimizer", TrainingOptions.DefaultOptimizer)
            && training.TryAdd("clipNorm", null)
            && training.TryAdd("averageDecay", null)
            && training.TryAdd("schedule", TrainingOptions.DefaultSchedule)
            && training.TryAdd("warmupSteps", 0)
            && training.TryAdd("hyperparameters", new JsonObject());
    }

    private static bool IsSha256(string? text) =>
        text is { Length: 2 * SHA256.HashSizeInBytes } && text.All(char.IsAsciiHexDigitLower);

    private void Check(string name)
    {
        try
        {
            Training.Check();
            Training.CheckClassWeights(Classes.Count);
            Read.Check();
            if (FormatVersion >= FirstVersionWithOptimizers && Path.GetFileName(Data) != Data)
                throw new UserErrorException($"its data have a path, which is never written");
            if (Path.GetFileName(Training.Vectors) != Training.Vectors)
                throw new UserErrorException($"its vectors have a path, which is never written");
            if (Limit < 1)
                throw new UserErrorException($"Limit {Limit} is out of range: it is 1 at least");
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException($"'{name}' is not a model's configuration: {e.Message}", e);
        }
    }
}
