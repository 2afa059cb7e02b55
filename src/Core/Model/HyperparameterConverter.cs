using System.Text.Json;
using System.Text.Json.Serialization;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Model;

/// <summary>Hyperparameters as an object of numbers: <c>{"beta1": 0.9}</c>.</summary>
internal sealed class HyperparameterConverter : JsonConverter<HyperparameterValues>
{
    public override HyperparameterValues Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(JsonSerializer.Deserialize<Dictionary<string, double>>(ref reader, options) ?? []);

    public override void Write(Utf8JsonWriter writer, HyperparameterValues value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.All, options);
}
