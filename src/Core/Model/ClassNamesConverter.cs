using System.Text.Json;
using System.Text.Json.Serialization;
using GpuLstm.Data;

namespace GpuLstm.Model;

/// <summary>Names of classes as a list of strings.</summary>
internal sealed class ClassNamesConverter : JsonConverter<ClassNames>
{
    public override ClassNames Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return new ClassNames(JsonSerializer.Deserialize<string[]>(ref reader, options) ?? []);
        }
        catch (ArgumentException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, ClassNames value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.ToArray(), options);
}
