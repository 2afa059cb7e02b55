using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuLstm.Data.Sources;
using GpuLstm.Parameters;

namespace GpuLstm.Model;

/// <summary>
/// Model files in the safetensors format: 8 bytes of header length (little-endian), a JSON header
/// <c>{"name": {"dtype", "shape", "data_offsets"}, "__metadata__": {…}}</c>, then the raw little-endian values.
/// PyTorch reads what is written here, by the same names.
/// </summary>
public static class SafetensorsFile
{
    private const int PrefixLength = 8;
    private const long MaxHeaderLength = 100_000_000;
    private const string Metadata = "__metadata__";
    private static readonly JsonDocumentOptions HeaderOptions = new() { AllowDuplicateProperties = false };

    /// <summary>Writes tensors as float32.</summary>
    /// <param name="stream">The file, from its beginning.</param>
    /// <param name="tensors">One behind the other, without a gap.</param>
    /// <param name="values">All of them, flat: in one array, or several one behind the other.</param>
    /// <param name="metadata">Words by name.</param>
    public static void Write(
        Stream stream, IReadOnlyList<ParameterTensor> tensors, IReadOnlyDictionary<string, string> metadata,
        params IReadOnlyList<float[]> values)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WriteStartObject(Metadata);
            foreach (var (key, value) in metadata)
                json.WriteString(key, value);
            json.WriteEndObject();
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", "F32");
                WriteNumbers(json, "shape", tensor.Shape.Select(extent => (long)extent));
                WriteNumbers(
                    json, "data_offsets",
                    [sizeof(float) * (long)tensor.Offset, sizeof(float) * ((long)tensor.Offset + tensor.Length)]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (header.Length % PrefixLength != 0)
            header.WriteByte((byte)' '); // aligns the values, as the reference implementation does
        Span<byte> prefix = stackalloc byte[PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        header.WriteTo(stream);
        foreach (var part in values)
            stream.Write(MemoryMarshal.AsBytes(part.AsSpan()));
    }

    /// <summary>Reads tensors.</summary>
    /// <param name="stream">The file, from its beginning.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="tensors">What it must hold.</param>
    /// <exception cref="UserErrorException">
    /// The file is truncated, foreign or damaged, or of another model; the message names it.
    /// </exception>
    public static SafetensorsContent Read(Stream stream, string name, IReadOnlyList<ParameterTensor> tensors)
    {
        var (entries, metadata) = ReadHeader(name, stream, out var dataStart);
        CheckCoverage(name, entries, stream.Length - dataStart);
        CheckNames(name, entries, tensors);
        foreach (var tensor in tensors)
            CheckTensor(name, entries[tensor.Name], tensor);
        var parameters = new float[tensors.Sum(tensor => tensor.Length)];
        foreach (var tensor in tensors)
            ReadTensor(name, stream, dataStart, entries[tensor.Name], tensor, parameters);
        return new SafetensorsContent(parameters, metadata);
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static (Dictionary<string, Entry> Entries, Dictionary<string, string> Metadata) ReadHeader(
        string path, Stream stream, out long dataStart)
    {
        var prefix = new byte[PrefixLength];
        if (stream.ReadAtLeast(prefix, PrefixLength, throwOnEndOfStream: false) < PrefixLength)
            throw Bad(path, "it is shorter than a header");
        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (headerLength is < 2 or > MaxHeaderLength)
            throw Bad(path, $"it claims a header of {headerLength} bytes");
        dataStart = PrefixLength + headerLength;
        if (dataStart > stream.Length)
            throw Bad(path, "it ends inside its header; it was cut off");
        var header = new byte[headerLength];
        stream.ReadExactly(header);
        try
        {
            using var document = JsonDocument.Parse(header, HeaderOptions);
            var entries = new Dictionary<string, Entry>(StringComparer.Ordinal);
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == Metadata)
                {
                    foreach (var entry in property.Value.EnumerateObject())
                        metadata.Add(entry.Name, entry.Value.GetString() ?? "");
                    continue;
                }

                var offsets = property.Value.GetProperty("data_offsets");
                entries.Add(property.Name, new Entry(
                    property.Value.GetProperty("dtype").GetString() ?? "",
                    [.. property.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())],
                    offsets[0].GetInt64(),
                    offsets[1].GetInt64()));
            }

            return (entries, metadata);
        }
        catch (Exception e) when (
            e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
                or IndexOutOfRangeException or ArgumentException)
        {
            throw new UserErrorException(
                $"'{path}' is not a model: its header is not that of a safetensors file; train again or give another model", e);
        }
    }

    /// <summary>The tensors must fill the data without gap, overlap or rest.</summary>
    private static void CheckCoverage(string path, Dictionary<string, Entry> entries, long dataLength)
    {
        var end = 0L;
        foreach (var (name, entry) in entries.OrderBy(pair => pair.Value.Begin).ThenBy(pair => pair.Value.End))
        {
            if (entry.Begin != end || entry.End < entry.Begin)
                throw Bad(path, $"'{Excerpt.Of(name)}' is at bytes {entry.Begin} to {entry.End}, where {end} should begin");
            end = entry.End;
        }

        if (end > dataLength)
            throw Bad(path, $"its tensors need {end} bytes and it holds {dataLength}; it was cut off");
        if (end < dataLength)
            throw Bad(path, $"{dataLength - end} bytes follow its tensors");
    }

    private static void CheckNames(string path, Dictionary<string, Entry> entries, IReadOnlyList<ParameterTensor> tensors)
    {
        var missing = tensors.FirstOrDefault(tensor => !entries.ContainsKey(tensor.Name));
        if (missing is not null)
            throw Bad(path, $"it lacks the tensor '{missing.Name}'");
        var unexpected = entries.Keys.FirstOrDefault(name => tensors.All(tensor => tensor.Name != name));
        if (unexpected is not null)
            throw Bad(path, $"it holds a tensor '{Excerpt.Of(unexpected)}' that this model does not have");
    }

    private static void CheckTensor(string path, Entry entry, ParameterTensor tensor)
    {
        if (entry.Dtype != "F32")
            throw Bad(path, $"'{tensor.Name}' holds {Excerpt.Of(entry.Dtype)}, not F32");
        var expected = tensor.Shape.Select(extent => (long)extent);
        if (!entry.Shape.SequenceEqual(expected) || entry.End - entry.Begin != sizeof(float) * (long)tensor.Length)
        {
            throw Bad(
                path,
                $"'{tensor.Name}' has the shape [{string.Join(", ", entry.Shape)}], its configuration and vocabulary ask for "
                + $"[{string.Join(", ", expected)}]");
        }
    }

    private static void ReadTensor(
        string path, Stream stream, long dataStart, Entry entry, ParameterTensor tensor, float[] parameters)
    {
        var values = tensor.In(parameters);
        stream.Position = dataStart + entry.Begin;
        stream.ReadExactly(MemoryMarshal.AsBytes(values));
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
                throw Bad(path, $"'{tensor.Name}' holds {value}");
        }
    }

    private static UserErrorException Bad(string path, string what) =>
        new($"'{path}' is not a model that can be used: {what}; train again or give another model");

    private sealed record Entry(string Dtype, long[] Shape, long Begin, long End);
}

/// <summary>What a model file holds.</summary>
/// <param name="Values">The tensors, flat.</param>
/// <param name="Metadata">Its <c>__metadata__</c>.</param>
public sealed record SafetensorsContent(float[] Values, IReadOnlyDictionary<string, string> Metadata);
