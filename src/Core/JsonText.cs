using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GpuLstm;

/// <summary>How this project writes JSON: camelCase names, people's letters as they are.</summary>
public static class JsonText
{
    /// <summary>On several lines, for files and output that people read.</summary>
    public static JsonSerializerOptions Indented { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // an error can be infinite
    };

    /// <summary>On one line, for files and output of an object a line.</summary>
    public static JsonSerializerOptions Line { get; } = new(Indented) { WriteIndented = false };

    /// <summary>The same as <see cref="Indented"/>, for files that are read back: what was never written so is refused.</summary>
    public static JsonSerializerOptions Strict { get; } = new(Indented)
    {
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        AllowDuplicateProperties = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>
    /// True where a file says what is written for <paramref name="value"/>, or less, as older versions did. A reader takes other spellings
    /// too (names in capitals, two names with a comma between): no version wrote them.
    /// </summary>
    /// <param name="file">The file's bytes, valid JSON.</param>
    /// <param name="value">What was read from them.</param>
    /// <param name="options">How it is written.</param>
    internal static bool IsAsWritten<T>(ReadOnlySpan<byte> file, T value, JsonSerializerOptions options)
    {
        var reader = new Utf8JsonReader(file);
        return IsPartOf(JsonElement.ParseValue(ref reader), JsonSerializer.SerializeToElement(value, options));
    }

    private static bool IsPartOf(JsonElement part, JsonElement whole) =>
        part.ValueKind == JsonValueKind.Object && whole.ValueKind == JsonValueKind.Object
            ? part.EnumerateObject().All(property => whole.TryGetProperty(property.Name, out var other) && IsPartOf(property.Value, other))
            : JsonElement.DeepEquals(part, whole);
}
