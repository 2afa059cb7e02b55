using System.Text.Json;
using GpuLstm.Files;
using GpuLstm.Metrics;

namespace GpuLstm.Model;

/// <summary><c>metrics.jsonl</c>: a line an epoch.</summary>
internal static class EpochLines
{
    /// <summary>Writes the file.</summary>
    public static void Write(Stream stream, IEnumerable<EpochReport> epochs)
    {
        using var lines = new MemoryStream();
        foreach (var epoch in epochs)
        {
            JsonSerializer.Serialize(lines, epoch, JsonSerializerOptions.Web);
            lines.WriteByte((byte)'\n');
        }

        lines.WriteTo(stream);
    }

    /// <summary>Reads the file of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="count">The epochs that it must have.</param>
    /// <exception cref="UserErrorException">It has others, or cannot be read.</exception>
    public static IReadOnlyList<EpochReport> Read(string folder, int count)
    {
        if (count == 0)
            return []; // its file is empty
        var name = Path.Combine(folder, RunFiles.Epochs);
        try
        {
            using var stream = FolderChange.OpenRead(folder, RunFiles.Epochs);
            using var reader = new StreamReader(stream);
            List<EpochReport> epochs =
            [
                .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(
                        line => JsonSerializer.Deserialize<EpochReport>(line, JsonText.Strict)
                            ?? throw new JsonException("null")),
            ];
            if (epochs.Select(epoch => epoch.Epoch).SequenceEqual(Enumerable.Range(1, count)))
                return epochs;
            throw new UserErrorException($"'{name}' does not have the {count} epochs that the training has done; train anew");
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"'{name}' does not hold the figures of a training's epochs; train anew", e);
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            throw FileErrors.CannotRead(name, e);
        }
    }
}
