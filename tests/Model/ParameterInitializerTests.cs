using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Tests.Model;

public sealed class ParameterInitializerTests
{
    private static readonly ModelOptions Options = new(500, 16, 20, 10, TextLengths.Real);

    [Fact]
    public void Draws_from_pytorchs_distributions()
    {
        var layout = new ParameterLayout(Options);
        var parameters = ParameterInitializer.Create(Options, new NumpyRandom(7));
        var embedding = layout.Embedding.In(parameters).ToArray();
        Assert.Equal(0, embedding.Average(), 0.05);
        Assert.Equal(1, Math.Sqrt(embedding.Average(value => value * value)), 0.05);
        var rest = parameters[embedding.Length..];
        var bound = 1 / Math.Sqrt(20);
        Assert.All(rest, value => Assert.InRange(value, -bound, bound));
        Assert.Equal(bound / Math.Sqrt(3), Math.Sqrt(rest.Average(value => value * value)), 0.01);
    }

    [Fact]
    public void Draws_what_is_asked_for_instead()
    {
        var options = Options with { Layers = 2, IsBidirectional = true };
        var layout = new ParameterLayout(options);
        var plain = ParameterInitializer.Create(options, new NumpyRandom(7));
        var parameters = ParameterInitializer.Create(
            options, new NumpyRandom(7),
            new StartOptions { ForgetBias = 1.5, Recurrent = RecurrentStart.Orthogonal, EmbeddingScale = 0.25 });
        Assert.Equal(
            layout.Embedding.In(plain).ToArray().Select(value => 0.25f * value), layout.Embedding.In(parameters).ToArray());
        Assert.Equal(layout.HeadWeights.In(plain).ToArray(), layout.HeadWeights.In(parameters).ToArray());
        Assert.Equal(4, layout.Lstm.Count);
        foreach (var lstm in layout.Lstm)
        {
            Assert.Equal(lstm.InputWeights.In(plain).ToArray(), lstm.InputWeights.In(parameters).ToArray());
            var drawn = Biases(lstm, plain); // i, f, g, o
            Assert.Equal([.. drawn[..20], .. Enumerable.Repeat(1.5f, 20), .. drawn[40..]], Biases(lstm, parameters));
            foreach (var gate in lstm.RecurrentWeights.In(parameters).ToArray().Chunk(20 * 20))
                AssertOrthogonal([.. gate.Chunk(20)]);
        }

        var gates = layout.Lstm.SelectMany(lstm => lstm.RecurrentWeights.In(parameters).ToArray().Chunk(20 * 20)).ToList();
        Assert.Equal(gates.Count, gates.Select(gate => gate[0]).Distinct().Count());
    }

    private static float[] Biases(LstmParameters lstm, float[] flat) =>
        [.. lstm.InputBias.In(flat).ToArray().Zip(lstm.RecurrentBias.In(flat).ToArray(), (a, b) => a + b)];

    private static void AssertOrthogonal(float[][] rows)
    {
        for (var row = 0; row < rows.Length; row++)
        {
            for (var other = 0; other <= row; other++)
                Assert.Equal(row == other ? 1 : 0, rows[row].Zip(rows[other], (a, b) => (double)a * b).Sum(), 1e-6);
        }
    }

    [Fact]
    public void Same_seed_same_values_and_another_seed_others()
    {
        Assert.Equal(
            ParameterInitializer.Create(Options, new NumpyRandom(1)), ParameterInitializer.Create(Options, new NumpyRandom(1)));
        Assert.NotEqual(
            ParameterInitializer.Create(Options, new NumpyRandom(1)), ParameterInitializer.Create(Options, new NumpyRandom(2)));
    }

    [Fact]
    public void Layout_is_pytorchs()
    {
        var layout = new ParameterLayout(Options);
        Assert.Equal(
            [
                "embedding.weight 500x16", "lstm.weight_ih_l0 80x16", "lstm.weight_hh_l0 80x20", "lstm.bias_ih_l0 80",
                "lstm.bias_hh_l0 80",
                "fc.weight 1x20", "fc.bias 1",
            ],
            layout.Tensors.Select(tensor => $"{tensor.Name} {string.Join('x', tensor.Shape)}"));
        Assert.Equal(layout.Length, layout.Tensors.Sum(tensor => tensor.Length));
        Assert.All(
            layout.Tensors.Zip(layout.Tensors.Skip(1)),
            pair => Assert.Equal(pair.First.Offset + pair.First.Length, pair.Second.Offset));
    }

    /// <summary>Weights decay; padding's row of the embedding and biases do not.</summary>
    [Fact]
    public void Decay_acts_on_weights_but_for_paddings()
    {
        var layout = new ParameterLayout(Options);
        var mask = layout.DecayMask();
        Assert.All(layout.Tensors, tensor =>
        {
            var part = tensor.In(mask).ToArray();
            var spared = tensor == layout.Embedding ? Options.EmbeddingSize : tensor.Name.Contains("bias") ? part.Length : 0;
            Assert.All(part[..spared], value => Assert.Equal(0, value));
            Assert.All(part[spared..], value => Assert.Equal(1, value));
        });
        Assert.Equal(layout.Embedding.Length - Options.EmbeddingSize, layout.Embedding.In(mask).ToArray().Sum());
    }
}
