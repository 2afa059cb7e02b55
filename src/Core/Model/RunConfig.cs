using System.Text.Json;
using System.Text.Json.Serialization;
using GpuLstm.Training;

namespace GpuLstm.Model;

/// <summary><c>config.json</c>: how a model was trained, and what shape it has.</summary>
/// <param name="FormatVersion">Of the model's folder: 1, without hashes, or 2.</param>
/// <param name="Data">The data file's name, as it was given.</param>
/// <param name="Limit">The rows that were kept of it; null for all.</param>
/// <param name="Training">Model and schedule.</param>
public sealed record RunConfig(int FormatVersion, string Data, int? Limit, TrainingOptions Training)
{
    /// <summary>The version that this program writes.</summary>
    public const int CurrentFormatVersion = 2;

    /// <summary>The first version whose files are tied by hashes; those before are read too.</summary>
    internal const int FirstVersionWithHashes = 2;

    private static readonly JsonSerializerOptions Options = new(JsonText.Strict)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <summary>The configuration of a training that starts now.</summary>
    public static RunConfig Of(string data, int? limit, TrainingOptions training) => new(CurrentFormatVersion, data, limit, training);

    /// <summary>The file's bytes.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Options);

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="UserErrorException">They are no configuration that some version of this program writes; the message names the file.</exception>
    public static RunConfig Parse(ReadOnlySpan<byte> json, string name)
    {
        RunConfig config;
        try
        {
            config = JsonSerializer.Deserialize<RunConfig>(json, Options)
                ?? throw new UserErrorException($"'{name}' holds no configuration; train again or give another model");
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"'{name}' line {e.LineNumber + 1} is not a model's configuration; train again or give another model", e);
        }

        if (config.FormatVersion is < 1 or > CurrentFormatVersion)
        {
            throw new UserErrorException(
                $"'{name}' has format version {config.FormatVersion}, this program reads 1 to {CurrentFormatVersion}; "
                + "train again or use the version that wrote it");
        }

        config.Check(name); // first: what is infinite cannot be written at all
        if (!JsonText.IsAsWritten(json, config, Options))
            throw new UserErrorException($"'{name}' is not a model's configuration: it holds a value that is never written; train again or give another model");
        return config;
    }

    private void Check(string name)
    {
        try
        {
            Training.Check();
            if (Limit < 1)
                throw new UserErrorException($"Limit {Limit} is out of range: it is 1 at least");
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException($"'{name}' is not a model's configuration: {e.Message}", e);
        }
    }
}
