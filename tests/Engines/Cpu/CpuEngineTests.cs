using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Verification.Comparison;
using GpuLstm.Verification.Models;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Engines.Cpu;

public sealed class CpuEngineTests(ITestOutputHelper output)
{
    private static ModelOptions Model(int vocabularySize, int hidden, bool isStack, Readout readout) =>
        new(vocabularySize, 5, hidden, 23, TextLengths.Real)
        {
            Layers = isStack ? 3 : 1,
            IsBidirectional = isStack,
            Readout = readout,
        };

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
        Skip.IfNot(RegisterWidths.Supports(width), $"no registers of {width}");
        var random = TestRandom.Create(output);
        for (var round = 0; round < TestSet.Rounds(3); round++)
        {
            var cases = from row in ModelCaseTable.All
                        where !row.IsLong
                        from drawn in row.Draw(CaseScale.Full, random)
                        select (row.Name, Case: ModelCaseTable.WithUnits(drawn, hidden));
            var large = ModelCaseTable.Small(CaseScale.Full, random) with { BatchSize = 37, Rows = 57 };
            foreach (var (name, modelCase) in cases.Append(
                ("more rows than a register", ModelCaseTable.WithUnits(large, hidden))))
            {
                var results = ModelCheck.Run(
                    name, modelCase,
                    new ModelEngines(
                        (options, adam, limits) => new CpuEngine(options, adam, limits with { Threads = 3 }, width),
                        (options, limits) => new CpuInference(options, limits with { Threads = 3 }, width)),
                    random);
                Assert.All(results, result => Assert.True(result.Passed, $"{result}"));
            }
        }
    }

    /// <summary>
    /// Threads share rows, groups of rows or, where rows are few for them, hidden units, which the last three are meant for.
    /// </summary>
    [Theory]
    [InlineData(1, 37)]
    [InlineData(7, 300)]
    [InlineData(20, 1)]
    [InlineData(24, 75)]
    [InlineData(160, 3)]
    [InlineData(160, 20)]
    [InlineData(256, 1)]
    [InlineData(5, 37, true)]
    [InlineData(24, 37, true)]
    [InlineData(160, 3, true)]
    [InlineData(5, 37, false, Readout.MeanMax)]
    [InlineData(24, 37, true, Readout.Max)]
    [InlineData(24, 37, true, Readout.Attention)]
    public void The_number_of_threads_changes_no_bit(
        int hidden, int rows, bool isStack = false, Readout readout = Readout.Last)
    {
        var random = TestRandom.Create(output);
        foreach (var vocabulary in new[] { 30, 3000 }) // all of it in the gate table, or the batch's own tokens
        {
            var model = Model(vocabulary, hidden, isStack, readout);
            var parameters = ParameterInitializer.Create(model, new NumpyRandom((uint)random.Next()));
            var batch = RandomBatches.Create(model, rows, random);
            var expected = Results(threads: 1);
            foreach (var threads in new[] { 2, 5 })
                Assert.Equal(expected, Results(threads));

            float[] Results(int threads)
            {
                using var engine = new CpuEngine(model, new OptimizerOptions(), new EngineLimits(rows, 23) { Threads = threads });
                engine.SetParameters(parameters);
                var (gradient, logits) = (new float[parameters.Length], new float[rows]);
                engine.Evaluate(batch, logits);
                engine.ComputeGradient(batch, gradient);
                return [.. logits, .. gradient];
            }
        }
    }

    /// <summary>Small vocabularies stand in the gate table as they are; of large ones only the batch's tokens do.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(20)]
    public void Large_vocabularies_agree_with_the_reference(int hidden)
    {
        var random = TestRandom.Create(output);
        for (var round = 0; round < TestSet.Rounds(4); round++)
        {
            var drawn = ModelCaseTable.Small(CaseScale.Full, random);
            var vocabularySize = random.Next(SlotNumbers.MaxUncompacted + 1, 2 * SlotNumbers.MaxUncompacted);
            var results = ModelCheck.Run(
                "large vocabulary",
                drawn with
                {
                    Options = drawn.Options with { HiddenSize = hidden, VocabularySize = vocabularySize },
                    BatchSize = 21,
                    Rows = 30,
                },
                new ModelEngines(
                    (options, adam, limits) => new CpuEngine(options, adam, limits),
                    (options, limits) => new CpuInference(options, limits)),
                random);
            Assert.All(results, result => Assert.True(result.Passed, $"{result}"));
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(5, true)]
    [InlineData(20, true)]
    [InlineData(5, false, Readout.Attention)]
    [InlineData(20, true, Readout.MeanMax)]
    public void A_large_batch_leaves_no_trace_in_the_next(int hidden, bool isStack = false, Readout readout = Readout.Last)
    {
        var random = TestRandom.Create(output);
        foreach (var vocabulary in new[] { 30, 3000 })
        {
            var model = Model(vocabulary, hidden, isStack, readout);
            var parameters = ParameterInitializer.Create(model, new NumpyRandom((uint)random.Next()));
            using var used = new CpuEngine(model, new OptimizerOptions(), new EngineLimits(70, 23));
            used.SetParameters(parameters);
            Gradient(used, RandomBatches.Create(model, 70, random));
            var empty = new TokenBatch(new int[3 * 23], [0, 0, 0], [1, 0, 1], 3, 23);
            foreach (var batch in new[]
            {
                RandomBatches.Create(model, 4, random),
                empty,
                RandomBatches.Create(model, 19, random),
            })
            {
                using var fresh = new CpuEngine(model, new OptimizerOptions(), new EngineLimits(batch.Rows, 23));
                fresh.SetParameters(parameters);
                Assert.Equal(Gradient(fresh, batch), Gradient(used, batch));
            }

            float[] Gradient(CpuEngine engine, TokenBatch batch)
            {
                var gradient = new float[parameters.Length];
                engine.ComputeGradient(batch, gradient);
                return gradient;
            }
        }
    }

    [Theory]
    [InlineData(1 << 18, 1, 4, 2, true)] // one text, 256 units
    [InlineData(1 << 16, 1, 2, 2, false)] // meeting takes longer
    [InlineData(1 << 23, 4, 2, 2, false)] // a group for each thread
    [InlineData(1 << 23, 4, 1, 64, false)] // no more parts than groups
    [InlineData(1 << 23, 4, 4, 64, true)]
    public void Units_are_split_where_that_keeps_more_threads_busy(
        long work, int groups, int panels, int threads, bool expected) =>
        Assert.Equal(expected, UnitLanesLayer<Lanes4>.PaysToSplitUnits(work, groups, panels, threads));

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(1, true)]
    [InlineData(20, true)]
    [InlineData(20, true, Readout.MeanMax)]
    [InlineData(20, true, Readout.Attention)]
    public void A_training_step_allocates_nothing(int hidden, bool isStack = false, Readout readout = Readout.Last)
    {
        var model = Model(2000, hidden, isStack, readout) with { MaxLength = 12 };
        // all on this thread, which can be counted
        using var engine = new CpuEngine(model, new OptimizerOptions(), new EngineLimits(16, 12) { Threads = 1 });
        engine.SetParameters(ParameterInitializer.Create(model, new NumpyRandom(1)));
        var texts = new TokenMatrix(
            [.. Enumerable.Range(0, 100 * 12).Select(n => 1 + n * 7 % 1999)], [.. Enumerable.Range(0, 100).Select(n => n % 13)],
            new int[100], 12);
        using var batches = engine.Load(texts, 16);
        // The runtime itself allocates now and then while it compiles a method anew, on a busy machine late; a step that
        // allocates would do so every time.
        Assert.Contains(0, Enumerable.Range(0, 10).Select(_ => AllocatedBytes()));

        long AllocatedBytes()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Train(rounds: 20);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Train(int rounds)
        {
            for (var round = 0; round < rounds; round++)
            {
                for (var index = 0; index < batches.Count; index++)
                    engine.TrainStep(batches, index);
            }
        }
    }

    [Fact]
    public void Rows_of_a_batch_keep_their_logits()
    {
        var random = TestRandom.Create(output);
        var model = new ModelOptions(9, 3, 12, 8, TextLengths.Real);
        using var engine = new CpuEngine(model, new OptimizerOptions(), new EngineLimits(20, 8));
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

    /// <summary>No gradient, no moments, and no room for a training batch: the parameters, and little beside them.</summary>
    [Fact]
    public void Inference_needs_room_for_the_model_and_the_request()
    {
        var model = new ModelOptions(20_000, 32, 64, 200, TextLengths.Real);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var engine = new CpuInference(model, new EngineLimits(512, 200));
        engine.SetParameters(new float[engine.Layout.Length]);
        engine.Evaluate(new TokenBatch([1, 2, 3], [3], [1], Rows: 1, Steps: 3), new float[1]);
        var parameters = sizeof(float) * (long)engine.Layout.Length;
        // one copy is the test's own
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 2 * parameters, 3 * parameters);
    }

    [Fact]
    public void Inference_takes_rows_without_steps()
    {
        using var engine = new CpuInference(
            new ModelOptions(2 * SlotNumbers.MaxUncompacted, 4, 16, 5, TextLengths.Real), new EngineLimits(2, 5));
        var parameters = new float[engine.Layout.Length];
        parameters[engine.Layout.HeadBias.Offset] = 0.25f;
        engine.SetParameters(parameters);
        var logits = new float[2];
        engine.Evaluate(new TokenBatch([], [0, 0], [0, 1], Rows: 2, Steps: 0), logits);
        Assert.Equal([0.25f, 0.25f], logits);
    }
}
