using GpuLstm.Reference;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Reference;

public sealed class ScalarLstmTests(ITestOutputHelper output)
{
    [Fact]
    public void The_articles_gates_are_a_standard_lstm_of_hidden_size_one()
    {
        var random = TestRandom.Create(output);
        var w = Enumerable.Range(0, 12).Select(_ => random.NextDouble() * 4 - 2).ToArray();
        var cell = new ScalarLstmCell(new(w[0], w[1], w[2]), new(w[3], w[4], w[5], w[6], w[7], w[8]), new(w[9], w[10], w[11]));
        // Gate order i, f, g, o: the article's input share, forget gate, candidate and output gate.
        var lstm = new ReferenceLstm(
            1, 1, [w[6], w[0], w[3], w[9]], [w[7], w[1], w[4], w[10]], [w[8], w[2], w[5], w[11]], new double[4]);
        var inputs = Enumerable.Range(0, 30).Select(_ => random.NextDouble() * 2 - 1).ToArray();

        var article = new ScalarLstmSequence(cell).Run(inputs);
        var standard = lstm.Forward(inputs.Select(x => new[] { x }));

        Assert.All(article.Zip(standard), pair => Assert.Equal(pair.Second.Hidden[0], pair.First, 12));
    }

    [Fact]
    public void State_is_kept_between_calls_where_asked()
    {
        var cell = new ScalarLstmCell(new(0.1, 0.2, 0.3), new(0.4, 0.5, 0.6, 0.7, 0.8, 0.9), new(1.0, 1.1, 1.2));
        double[] inputs = [0.5, -0.5, 1, -1];
        var whole = new ScalarLstmSequence(cell).Run(inputs);

        var kept = new ScalarLstmSequence(cell, keepState: true);
        Assert.Equal(whole, kept.Run(inputs[..2]).Concat(kept.Run(inputs[2..])));
        Assert.Equal(whole[^1], kept.ShortTerm);

        var forgetting = new ScalarLstmSequence(cell);
        forgetting.Run(inputs);
        Assert.Equal(whole, forgetting.Run(inputs));
    }

    [Fact]
    public void One_step_by_hand()
    {
        // σ(0) = 1/2 and tanh(0) = 0: c = 0.8 / 2 + 0, h = tanh(0.4) / 2.
        var cell = new ScalarLstmCell(new(0, 0, 0), new(0, 0, 0, 0, 0, 0), new(0, 0, 0));
        var (longTerm, shortTerm) = cell.Step(x: 1, longTerm: 0.8, shortTerm: 0.1);
        Assert.Equal(0.4, longTerm, 15);
        Assert.Equal(Math.Tanh(0.4) / 2, shortTerm, 15);
    }
}
