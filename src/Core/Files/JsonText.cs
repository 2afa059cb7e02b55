using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace GpuLstm.Files;

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
    /// True where a file says just what is written for <paramref name="value"/>. A reader takes other spellings too (names in
    /// capitals, two names with a comma between), and defaults for what is missing: no version wrote those.
    /// </summary>
    /// <param name="file">The file's content.</param>
    /// <param name="value">What was read from it.</param>
    /// <param name="options">How it is written.</param>
    internal static bool IsAsWritten<T>(JsonNode? file, T value, JsonSerializerOptions options) =>
        JsonNode.DeepEquals(file, JsonSerializer.SerializeToNode(value, options));
}
