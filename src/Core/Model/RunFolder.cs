using System.Text.Json;
using GpuLstm.Data;
using GpuLstm.Training;

namespace GpuLstm.Model;

/// <summary>
/// The folder of a training run: <c>config.json</c>, <c>vocabulary.json</c>, <c>model.safetensors</c>,
/// <c>metrics.jsonl</c> (a line an epoch) and <c>metrics.json</c>. Every file is replaced in one piece.
/// </summary>
public sealed class RunFolder
{
    private readonly List<EpochReport> epochs = [];
    private readonly RunConfig config;
    private readonly Vocabulary vocabulary;

    private RunFolder(string path, RunConfig config, Vocabulary vocabulary)
    {
        Path = path;
        this.config = config;
        this.vocabulary = vocabulary;
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>Makes the folder, or takes one that is there; nothing in it changes before the first checkpoint.</summary>
    /// <exception cref="UserErrorException">It cannot be made.</exception>
    public static RunFolder Create(string path, RunConfig config, Vocabulary vocabulary)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException($"cannot make the folder '{path}': {e.Message.ReplaceLineEndings(" ")}; choose another --output", e);
        }

        return new RunFolder(path, config, vocabulary);
    }

    /// <summary>Writes parameters, and the epoch's line of metrics.</summary>
    /// <exception cref="UserErrorException">A file cannot be written; what stood there is whole.</exception>
    public void SaveCheckpoint(ParameterLayout layout, float[] parameters, EpochReport report)
    {
        if (epochs.Count == 0)
        {
            // With the first model, not before: an earlier run's model keeps its own configuration until then.
            AtomicFile.Write(File("config.json"), config.Save);
            AtomicFile.Write(File("vocabulary.json"), vocabulary.Save);
            System.IO.File.Delete(File("metrics.json"));
        }

        epochs.Add(report);
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["epoch"] = $"{report.Epoch}" };
        AtomicFile.Write(File("model.safetensors"), stream => SafetensorsFile.Write(stream, layout, parameters, metadata));
        AtomicFile.Write(File("metrics.jsonl"), stream =>
        {
            foreach (var epoch in epochs)
            {
                JsonSerializer.Serialize(stream, epoch, JsonSerializerOptions.Web);
                stream.WriteByte((byte)'\n');
            }
        });
    }

    /// <summary>Writes the finished run's figures.</summary>
    public void SaveMetrics(TrainingMetrics metrics) => WriteJson("metrics.json", metrics);

    private string File(string name) => System.IO.Path.Combine(Path, name);

    private void WriteJson<T>(string name, T value) =>
        AtomicFile.Write(File(name), stream => JsonSerializer.Serialize(stream, value, JsonText.Indented));
}
