using System.Buffers.Binary;
using System.Text;
using CsCheck;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Tests.Model;

public sealed class SafetensorsFileTests
{
    private const string TwoFloats = """{"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}""";
    private const string LaterFloat = """{"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}""";

    private static readonly ModelOptions Small = new(3, 2, 2, 4, TextLengths.Real);
    private static readonly ParameterLayout Layout = new(Small);

    [Fact]
    public void Reads_back_what_it_writes_bit_for_bit() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 9]).SelectMany((v, e, h) =>
        {
            var layout = new ParameterLayout(new ModelOptions(v, e, h, 5, TextLengths.Padded));
            return Gen.Float.Where(float.IsFinite).Array[layout.Length].Select(values => (layout, values));
        }).Sample(model =>
        {
            var content = Read(Bytes(model.layout, model.values), model.layout);
            Assert.Equal(model.values, content.Values);
            Assert.Equal("pt", content.Metadata["format"]);
        }, iter: 100);

    [Fact]
    public void Header_is_json_of_a_multiple_of_eight_bytes_with_pytorchs_names()
    {
        var bytes = Bytes(Layout, new float[Layout.Length]);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        var header = System.Text.Json.JsonDocument.Parse(bytes.AsMemory(8, length)).RootElement;
        var bias = header.GetProperty("lstm.bias_ih_l0");
        Assert.Equal("F32", bias.GetProperty("dtype").GetString());
        Assert.Equal("[8]", bias.GetProperty("shape").GetRawText());
        Assert.Equal("[152,184]", bias.GetProperty("data_offsets").GetRawText());
        Assert.Equal(8 + length + 4 * Layout.Length, bytes.Length);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        var bytes = Bytes(Layout, new float[Layout.Length]);
        Gen.Int[0, bytes.Length - 1]
            .Sample(length => Assert.Contains("is not a model", Refusal(bytes[..length]), StringComparison.Ordinal), iter: 200);
    }

    [Fact]
    public void Trailing_bytes_are_refused() =>
        Assert.Contains(
            "3 bytes follow its tensors", Refusal([.. Bytes(Layout, new float[Layout.Length]), 1, 2, 3]),
            StringComparison.Ordinal);

    [Fact]
    public void Another_models_shapes_are_named()
    {
        var other = new ParameterLayout(Small with { HiddenSize = 3 });
        Assert.Contains(
            "'lstm.weight_ih_l0' has the shape [12, 2], its configuration and vocabulary ask for [8, 2]",
            Refusal(Bytes(other, new float[other.Length])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Numbers_that_are_none_are_named_by_tensor(float value)
    {
        var parameters = new float[Layout.Length];
        parameters[Layout.Lstm[0].RecurrentWeights.Offset + 1] = value;
        Assert.Contains("'lstm.weight_hh_l0' holds", Refusal(Bytes(Layout, parameters)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PK\u0003\u0004 this is a zip file, not a model at all", "claims a header of")]
    [InlineData("short", "shorter than a header")]
    public void Foreign_files_are_refused(string content, string message) =>
        Assert.Contains(message, Refusal(Encoding.UTF8.GetBytes(content)), StringComparison.Ordinal);

    [Theory]
    [InlineData("not json", "its header is not that of a safetensors file")]
    [InlineData("[1, 2]", "its header is not that of a safetensors file")]
    [InlineData("""{"__metadata__": {"epoch": 1}}""", "its header is not that of a safetensors file")]
    [InlineData("""{"__metadata__": {}, "__metadata__": {}}""", "its header is not that of a safetensors file")]
    [InlineData("{\"a\": " + TwoFloats + ", \"a\": " + TwoFloats + "}", "its header is not that of a safetensors file")]
    [InlineData("""{"a": {"dtype": "F32"}}""", "its header is not that of a safetensors file")]
    [InlineData("{\"a\": " + LaterFloat + "}", "'a' is at bytes 4 to 8, where 0 should begin")]
    [InlineData("{\"a\": " + TwoFloats + ", \"b\": " + LaterFloat + "}", "'b' is at bytes 4 to 8, where 8 should begin")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}""", "its tensors need 16 bytes and it holds 8")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}""", "it lacks the tensor 'embedding.weight'")]
    public void Damaged_headers_are_refused(string header, string message)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        Assert.Contains(
            message, Refusal([.. length, .. Encoding.UTF8.GetBytes(header), 0, 0, 0, 0, 0, 0, 0, 0]), StringComparison.Ordinal);
    }

    private static byte[] Bytes(ParameterLayout layout, float[] parameters)
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, layout.Tensors, new Dictionary<string, string> { ["format"] = "pt" }, parameters);
        return stream.ToArray();
    }

    private static SafetensorsContent Read(byte[] content, ParameterLayout layout) =>
        SafetensorsFile.Read(new MemoryStream(content), "folder/model.safetensors", layout.Tensors);

    /// <summary>The message with which a file of these bytes is refused; it names the file.</summary>
    private static string Refusal(byte[] content)
    {
        var message = Assert.Throws<UserErrorException>(() => Read(content, Layout)).Message;
        Assert.Contains("folder/model.safetensors", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
