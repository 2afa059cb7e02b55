using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Engines.Cpu;
using GpuLstm.Model;
using GpuLstm.Training;
using GpuLstm.Verification;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Engines.Cpu;

public sealed class CpuEngineTests(ITestOutputHelper output)
{
    public static TheoryData<RegisterWidth, int> Paths
    {
        get
        {
            var paths = new TheoryData<RegisterWidth, int>();
            foreach (var width in Enum.GetValues<RegisterWidth>())
            {
                paths.Add(width, 1); // rows side by side in a register
                paths.Add(width, 5);
                paths.Add(width, 9); // units side by side
                paths.Add(width, 33);
            }

            return paths;
        }
    }

    /// <summary>Each code path, forced: the batch is larger than a register, and no size fits.</summary>
    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void Every_width_of_register_agrees_with_the_reference(RegisterWidth width, int hidden)
    {
        Skip.IfNot(CpuEngine.Supports(width), $"no registers of {width}");
        var random = TestRandom.Create(output);
        for (var round = 0; round < 3; round++)
        {
            foreach (var kind in Enum.GetValues<ModelCaseKind>())
            {
                var results = ModelCases.Run(
                    kind, (options, adam, limits) => new CpuEngine(options, adam, limits, threads: 3, width), CaseScale.Full, random, hidden, rows: 37);
                Assert.All(results, result => Assert.True(result.Passed, $"{result}"));
            }
        }
    }

    /// <summary>
    /// Threads share rows, groups of rows or, where rows are few for them, hidden units, which (256, 1) and (160, 3) are meant for.
    /// </summary>
    [Theory]
    [InlineData(1, 37)]
    [InlineData(7, 300)]
    [InlineData(20, 1)]
    [InlineData(24, 75)]
    [InlineData(160, 3)]
    [InlineData(256, 1)]
    public void The_number_of_threads_changes_no_bit(int hidden, int rows)
    {
        var random = TestRandom.Create(output);
        foreach (var vocabulary in new[] { 30, 3000 }) // all of it in the gate table, or the batch's own tokens
        {
            var model = new ModelOptions(vocabulary, 5, hidden, 23, Readout.LastToken);
            var parameters = ParameterInitializer.Create(model, new NumpyRandom((uint)random.Next()));
            var batch = RandomBatches.Create(model, rows, random);
            var expected = Results(threads: 1);
            foreach (var threads in new[] { 2, 5 })
                Assert.Equal(expected, Results(threads));

            float[] Results(int threads)
            {
                using var engine = new CpuEngine(model, new AdamOptions(), new EngineLimits(rows, 23), threads);
                engine.SetParameters(parameters);
                var (gradient, logits) = (new float[parameters.Length], new float[rows]);
                engine.Evaluate(batch, logits);
                engine.ComputeGradient(batch, gradient);
                return [.. logits, .. gradient];
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void A_training_step_allocates_nothing(int hidden)
    {
        var model = new ModelOptions(2000, 6, hidden, 12, Readout.LastToken);
        using var engine = new CpuEngine(model, new AdamOptions(), new EngineLimits(16, 12), threads: 1); // all on this thread, which can be counted
        engine.SetParameters(ParameterInitializer.Create(model, new NumpyRandom(1)));
        var texts = new TokenMatrix(
            [.. Enumerable.Range(0, 100 * 12).Select(n => 1 + n * 7 % 1999)], [.. Enumerable.Range(0, 100).Select(n => n % 13)], new float[100], 12);
        var order = Enumerable.Range(0, 100).ToArray();
        var batches = new BatchSequence(texts, 16);
        Train(rounds: 50); // until everything is compiled
        var before = GC.GetAllocatedBytesForCurrentThread();
        Train(rounds: 100);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Train(int rounds)
        {
            for (var round = 0; round < rounds; round++)
            {
                for (var index = 0; index < batches.Count; index++)
                    engine.TrainStep(batches.Gather(index, order));
            }
        }
    }

    [Fact]
    public void Rows_of_a_batch_keep_their_logits()
    {
        var random = TestRandom.Create(output);
        var model = new ModelOptions(9, 3, 12, 8, Readout.LastToken);
        using var engine = new CpuEngine(model, new AdamOptions(), new EngineLimits(20, 8));
        engine.SetParameters(ParameterInitializer.Create(model, new NumpyRandom(1)));
        var batch = RandomBatches.Create(model, 20, random); // the engine sorts its rows by length
        var (together, alone) = (new float[20], new float[1]);
        engine.Evaluate(batch, together);
        for (var row = 0; row < 20; row++)
        {
            engine.Evaluate(new TokenBatch(batch.Tokens[(row * 8)..(row * 8 + 8)], [batch.Lengths[row]], [0], 1, 8), alone);
            Assert.Equal(alone[0], together[row]);
        }
    }
}
