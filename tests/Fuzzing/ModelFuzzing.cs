using System.Text;
using System.Text.Json;
using GpuLstm.Data;
using GpuLstm.Model;
using GpuLstm.Parameters;
using GpuLstm.Tests.Model;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Fuzzing;

/// <summary>
/// The files of a model, one changed and the others good, with the hashes that fit the change: what is read alone goes through
/// the whole folder too.
/// </summary>
public sealed class ModelFuzzing : IDisposable
{
    private const int PrefixLength = 8;
    private static readonly RunConfig Config = ModelBuilder.Config() with { FormatVersion = 1 };
    private static readonly Vocabulary Words = ModelBuilder.Words("good", "b\"ad", "é🎮", "\u0001\u2028");
    private static readonly Vocabulary Characters = Vocabulary.FromTexts(["ab🎮 \"\0"], TokenKind.Character);
    private static readonly ParameterLayout Layout = ModelBuilder.Parameters(Config, Words).Layout;
    private static readonly float[] Parameters = ModelBuilder.Parameters(Config, Words).Parameters;

    private static readonly byte[][] OddValues =
    [
        .. new[]
        {
            "null", "true", "\"\"", "[]", "{}", "0", "-0", "-1", "1", "2", "1.0", "1.5", "1e2", "1e400", "-1e400", "NaN",
            "\"NaN\"", "Infinity", "\"1\"", "4096",
            "65536", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808",
            "99999999999999999999999999999999", "word", "character", "Word", "word, character", "<UNK>", "\"<UNK>\"", "\"a\",",
            "\"\\ud800\"", "\"\\u0000\"", "\"\\n\"",
            "\"\\u2028\"", "\"\u001b[31m\"", "\"\u0085\"", "\\", "\"", ",", ":", "[", "]", "{", "}", "//", "/**/", "\n", "\uFEFF",
            "\"kind\":\"word\",", "\"more\":1,", "F16", "F64", "F32",
            "[0,0]", "[1,-1]", "__metadata__", "\"embedding.weight\"", "last-token", "last-step", "bf16", new('[', 200),
            string.Concat(Enumerable.Repeat("{\"a\":", 100)),
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0x00], [0x00, 0x00, 0xC0, 0x7F], [0x00, 0x00, 0x80, 0xFF],
    ];

    private readonly Fuzzer fuzzer;
    private readonly TemporaryFolder folder = new();

    public ModelFuzzing(ITestOutputHelper output)
    {
        fuzzer = new Fuzzer(output);
        WriteModel(Config.ToJson(), Words.ToJson());
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Any_configuration_is_read_or_refused()
    {
        byte[][] valid = [Config.ToJson(), (Config with { FormatVersion = 2, Limit = 7 }).ToJson()];
        fuzzer.Run(new Mutator(valid, OddValues).Next, (input, accepted) =>
        {
            if (IsJson(input))
                accepted();
            var config = RunConfig.Parse(input, "config.json");
            Assert.Equal(config, RunConfig.Parse(config.ToJson(), "config.json"));
            WriteModel(input, Words.ToJson());
            Assert.Equal(config, TrainedModel.Load(folder.Path).Config);
        });
    }

    [Fact]
    public void Any_vocabulary_is_read_or_refused()
    {
        fuzzer.Run(new Mutator([Words.ToJson(), Characters.ToJson()], OddValues).Next, (input, accepted) =>
        {
            if (IsJson(input))
                accepted();
            var vocabulary = Vocabulary.Parse(input, "vocabulary.json");
            Assert.Equal(vocabulary.Tokens, Vocabulary.Parse(vocabulary.ToJson(), "vocabulary.json").Tokens);
            // Versions that parted words at spaces alone had words with other white space in them, which no text has any more.
            foreach (var (n, token) in vocabulary.Tokens.SkipLast(1).Index().Where(
                entry => Tokenizer.Split(entry.Item, vocabulary.Kind).SequenceEqual([entry.Item])))
            {
                Assert.Equal([n + 1], vocabulary.Encode(token));
            }

            WriteModel(Config.ToJson(), input);
            Assert.Equal(vocabulary.Tokens, TrainedModel.Load(folder.Path).Vocabulary.Tokens);
        });
    }

    [Fact]
    public void Any_weights_are_read_or_refused()
    {
        var whole = Weights([]);
        var withHashes = Weights(Hashes(Config.ToJson(), Words.ToJson()));
        var files = new Mutator([whole, withHashes], OddValues);
        byte[] Draw(Random random) => random.Next(2) == 0
            ? files.Next(random)
            : WithHeader(files, random.Next(2) == 0 ? whole : withHashes, random);
        fuzzer.Run(Draw, (input, accepted) =>
        {
            using var stream = new MemoryStream(input);
            if (input.Length > PrefixLength
                && BitConverter.ToInt64(input) is var length and > 0
                && length < input.Length - PrefixLength
                && IsJson(input.AsSpan(PrefixLength, (int)length)))
            {
                accepted();
            }

            var content = SafetensorsFile.Read(stream, "model.safetensors", Layout.Tensors);
            Assert.True(Array.TrueForAll(content.Values, float.IsFinite));
            File.WriteAllBytes(folder["model.safetensors"], input);
            Assert.Equal(content.Values, TrainedModel.Load(folder.Path).Parameters);
        });
    }

    private static bool IsJson(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
            {
            }

            return bytes.Length > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A file whose JSON header was changed, with the length that the header then has.</summary>
    private static byte[] WithHeader(Mutator mutator, byte[] file, Random random)
    {
        var data = PrefixLength + (int)BitConverter.ToInt64(file);
        var header = mutator.Change(file[PrefixLength..data], random);
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. file[data..]];
    }

    private static Dictionary<string, string> Hashes(byte[] config, byte[] vocabulary)
    {
        var metadata = new Dictionary<string, string>();
        ModelHashes.Of(config, vocabulary, Parameters).AddTo(metadata);
        return metadata;
    }

    private static byte[] Weights(Dictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, Layout.Tensors, metadata, Parameters);
        return stream.ToArray();
    }

    private void WriteModel(byte[] config, byte[] vocabulary)
    {
        File.WriteAllBytes(folder["config.json"], config);
        File.WriteAllBytes(folder["vocabulary.json"], vocabulary);
        File.WriteAllBytes(folder["model.safetensors"], Weights(Hashes(config, vocabulary)));
    }
}
