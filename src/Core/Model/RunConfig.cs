using System.Text.Json;
using System.Text.Json.Serialization;
using GpuLstm.Training;

namespace GpuLstm.Model;

/// <summary><c>config.json</c>: how a model was trained, and what shape it has.</summary>
/// <param name="FormatVersion">1.</param>
/// <param name="Data">The data file's name, as it was given.</param>
/// <param name="Limit">The rows that were kept of it; null for all.</param>
/// <param name="Training">Model and schedule.</param>
public sealed record RunConfig(int FormatVersion, string Data, int? Limit, TrainingOptions Training)
{
    private static readonly JsonSerializerOptions Options = new(JsonText.Indented)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The version that this program writes and reads.</summary>
    public const int CurrentFormatVersion = 1;

    /// <summary>Writes it as JSON.</summary>
    public void Save(Stream stream) => JsonSerializer.Serialize(stream, this, Options);

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserErrorException">It is missing, not a configuration, or of another version; the message names it.</exception>
    public static RunConfig Load(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var config = JsonSerializer.Deserialize<RunConfig>(stream, Options)
                ?? throw new UserErrorException($"'{path}' holds no configuration; train again or give another --model");
            if (config.FormatVersion != CurrentFormatVersion)
            {
                throw new UserErrorException(
                    $"'{path}' has format version {config.FormatVersion}, this program reads {CurrentFormatVersion}; train again");
            }

            Check(path, config.Training);
            return config;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"'{path}' does not exist; give the folder of a trained model as --model", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read '{path}': {e.Message.ReplaceLineEndings(" ")}", e);
        }
        catch (JsonException e)
        {
            throw new UserErrorException(
                $"'{path}' line {e.LineNumber + 1} is not a model's configuration; train again or give another --model", e);
        }
    }

    private static void Check(string path, TrainingOptions training)
    {
        try
        {
            training.Check();
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException($"'{path}' is not a model's configuration: {e.Message}", e);
        }
    }
}
