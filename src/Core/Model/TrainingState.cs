using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Files;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Model;

/// <summary>
/// Where a training stands, beside what its engine has. A training that takes both over goes on as the one that gave them.
/// </summary>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Batch">Batches done of the next epoch.</param>
/// <param name="Seconds">Wall time of these.</param>
/// <param name="Generator">From it the order of the rows in the next epoch is drawn.</param>
/// <param name="Schedule">What the learning rate's schedule remembers, by name.</param>
/// <param name="Accelerator">Where the training ran: its bits are repeated only there.</param>
/// <param name="Device">See <see cref="ITrainingEngine.Arithmetic"/>.</param>
public sealed record TrainingPosition(
    int Epoch, int Batch, double Seconds, GeneratorState Generator, IReadOnlyDictionary<string, double> Schedule,
    string Accelerator, string Device);

/// <summary>
/// All that a training needs to go on: <c>training.safetensors</c>. Its tensors are those of <see cref="EngineState.Buffers"/>,
/// as <c>exp_avg.embedding.weight</c>; its metadata hold the rest, and the hashes of the model to which it belongs.
/// </summary>
/// <param name="Engine">What the engine had.</param>
/// <param name="Position">Where the training stood.</param>
public sealed record TrainingState(EngineState Engine, TrainingPosition Position)
{
    private const string PositionKey = "position";
    private const string EngineKey = "engine";
    private const string HashKey = "state_sha256";
    private static readonly JsonSerializerOptions Json = new(JsonText.Strict) { WriteIndented = false };

    /// <summary>Writes the file.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="layout">The model's parameters.</param>
    /// <param name="model">The hashes of the model beside which it stands.</param>
    internal void Write(Stream stream, ParameterLayout layout, ModelHashes model)
    {
        string[] names = [.. Engine.Buffers.Keys.Order(StringComparer.Ordinal)];
        float[][] values = [.. names.Select(name => Engine.Buffers[name])];
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "pt",
            [EngineKey] = JsonSerializer.Serialize(
                new EngineNumbers(
                    Engine.Step, Engine.Totals.LossSum, Engine.Totals.Correct, Engine.Totals.Rows, Engine.Totals.Weight),
                Json),
            [PositionKey] = JsonSerializer.Serialize(Position, Json),
        };
        metadata[HashKey] = Hash(metadata, values);
        model.AddTo(metadata);
        SafetensorsFile.Write(stream, Tensors(names, layout), metadata, values);
    }

    /// <summary>Reads the file.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="layout">The model's parameters.</param>
    /// <param name="optimizer">How the model is trained.</param>
    /// <param name="model">The hashes of the model beside which it stands.</param>
    /// <exception cref="UserErrorException">It is damaged, or of another model or optimizer.</exception>
    internal static TrainingState Read(
        Stream stream, string name, ParameterLayout layout, OptimizerOptions optimizer, ModelHashes model)
    {
        string[] names = [.. EngineState.NamesOf(optimizer).Order(StringComparer.Ordinal)];
        var content = SafetensorsFile.Read(stream, name, Tensors(names, layout));
        if (ModelHashes.From(content.Metadata) != model)
            throw Bad(name, "it is of another model than the one beside it");
        float[][] values =
            [.. names.Select((_, n) => content.Values[(n * layout.Length)..((n + 1) * layout.Length)])];
        if (content.Metadata.GetValueOrDefault(HashKey) != Hash(content.Metadata, values))
            throw Bad(name, "it is damaged");
        try
        {
            var engine = Parse<EngineNumbers>(content.Metadata, EngineKey);
            var position = Parse<TrainingPosition>(content.Metadata, PositionKey);
            if (engine is null || position is null
                || engine.Step < 0 || position.Epoch < 0 || position.Batch < 0 || !position.Generator.IsValid)
            {
                throw Bad(name, "it holds what no training has");
            }

            return new TrainingState(
                new EngineState(
                    engine.Step, new BatchTotals(engine.LossSum, engine.Correct, engine.Rows, engine.Weight),
                    names.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second)),
                position);
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"'{name}' is not the state of a training: {e.Message}; train again", e);
        }
    }

    /// <summary>Reads the file of a folder.</summary>
    /// <exception cref="UserErrorException">See <see cref="Read"/>.</exception>
    internal static TrainingState Load(string folder, TrainedModel model)
    {
        var name = Path.Combine(folder, RunFiles.State);
        try
        {
            using var stream = FolderChange.OpenRead(folder, RunFiles.State);
            return Read(
                stream, name, new ParameterLayout(model.Options), model.Config.Training.OptimizerOptions, model.Hashes!);
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            throw FileErrors.CannotRead(name, e);
        }
    }

    private static IReadOnlyList<ParameterTensor> Tensors(string[] names, ParameterLayout layout) =>
    [
        .. names.SelectMany((name, n) => layout.Tensors.Select(tensor => tensor with
        {
            Name = $"{name}.{tensor.Name}",
            Offset = checked(n * layout.Length + tensor.Offset),
        })),
    ];

    private static T? Parse<T>(IReadOnlyDictionary<string, string> metadata, string key) =>
        JsonSerializer.Deserialize<T>(metadata.GetValueOrDefault(key) ?? "null", Json);

    private static string Hash(IReadOnlyDictionary<string, string> metadata, float[][] values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var key in new[] { EngineKey, PositionKey })
            hash.AppendData(Encoding.UTF8.GetBytes(metadata.GetValueOrDefault(key) ?? ""));
        foreach (var part in values)
            hash.AppendData(MemoryMarshal.AsBytes(part.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static UserErrorException Bad(string name, string what) =>
        new($"'{name}' is not a state from which the training can go on: {what}; train again");

    private sealed record EngineNumbers(int Step, double LossSum, long Correct, long Rows, double Weight);
}
