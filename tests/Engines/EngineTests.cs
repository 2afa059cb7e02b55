using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Device;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Tests.Verification;
using GpuLstm.Verification;
using GpuLstm.Verification.Comparison;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Engines;

[Collection(DevicePool.Tests)]
public sealed class EngineTests(DevicePool devices, ITestOutputHelper output)
{
    private static readonly ModelOptions Model = new(7, 3, 5, 6, TextLengths.Real);

    public static TheoryData<AcceleratorKind> Accelerators => [.. TestDevices.All];

    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void Totals_add_up_and_are_forgotten(AcceleratorKind accelerator)
    {
        var device = devices[accelerator];
        var random = TestRandom.Create(output);
        using var engine = device.CreateEngine(Model, new OptimizerOptions { LearningRate = 1e-30 }, new EngineLimits(4, 6));
        engine.SetParameters(ParameterInitializer.Create(Model, new NumpyRandom(1)));
        var expected = default(BatchTotals);
        for (var step = 0; step < 3; step++)
        {
            var batch = RandomBatches.Create(Model, 4, random);
            expected += engine.Evaluate(batch, new float[4]); // the parameters do not move at this learning rate
            engine.TrainStep(batch);
        }

        var actual = engine.TakeTrainingTotals();
        Assert.Equal(expected.LossSum, actual.LossSum, 1e-5);
        Assert.Equal((expected.Correct, 12), (actual.Correct, actual.Rows));
        Assert.Equal(default, engine.TakeTrainingTotals());
    }

    /// <summary>A device keeps those of some thousands of steps before it hands them over.</summary>
    [SkippableTheory]
    [InlineData(AcceleratorKind.OpenCL)]
    [InlineData(AcceleratorKind.Cuda)]
    public void So_do_those_of_thousands_of_steps(AcceleratorKind accelerator)
    {
        TestSet.SkipIfLong();
        const int steps = 5000;
        var model = new ModelOptions(3, 1, 1, 1, TextLengths.Real);
        using var engine = devices[accelerator].CreateEngine(
            model, new OptimizerOptions { LearningRate = 1e-30 }, new EngineLimits(1, 1));
        engine.SetParameters(ParameterInitializer.Create(model, new NumpyRandom(1)));
        using var batches = engine.Load(new TokenMatrix([2], [1], [1], 1), 1);
        engine.TrainStep(batches, 0);
        var one = engine.TakeTrainingTotals();
        for (var step = 0; step < steps; step++)
            engine.TrainStep(batches, 0);
        var all = engine.TakeTrainingTotals();
        Assert.Equal((steps, steps * one.Correct), (all.Rows, all.Correct));
        Assert.Equal(steps * one.LossSum, all.LossSum, 1e-3);
    }

    /// <summary>Also right after a training step, which drops of everything.</summary>
    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void Nothing_is_dropped_at_evaluation(AcceleratorKind accelerator)
    {
        var device = devices[accelerator];
        foreach (var model in new[] { Model, Model with { Layers = 2, IsBidirectional = true, Readout = Readout.Mean } })
        {
            var dropout = new DropoutOptions { Embedding = 0.5, Layers = 0.5, Recurrent = 0.5, Head = 0.5 };
            using var engine = device.CreateEngine(
                model, new OptimizerOptions { Dropout = dropout }, new EngineLimits(4, 6));
            engine.SetParameters(ParameterInitializer.Create(model, new NumpyRandom(1)));
            var batch = RandomBatches.Create(model, 4, TestRandom.Create(output));
            engine.TrainStep(batch);
            var (logits, wanted, trained) = (new float[4], new float[4], new float[engine.Layout.Length]);
            engine.Evaluate(batch, logits);
            engine.GetParameters(trained);
            using var inference = device.CreateForInference(model, new EngineLimits(4, 6));
            inference.SetParameters(trained);
            inference.Evaluate(batch, wanted);
            Assert.Equal(wanted, logits);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void A_batch_without_a_single_token_is_no_trouble(AcceleratorKind accelerator)
    {
        var device = devices[accelerator];
        Assert.All([Model, Model with { HiddenSize = 1 }], model => WithoutATokenNothingIsLearnt(device, model));
    }

    private static void WithoutATokenNothingIsLearnt(Verifier device, ModelOptions model)
    {
        using var engine = device.CreateEngine(model, new OptimizerOptions(), new EngineLimits(2, 6));
        var parameters = ParameterInitializer.Create(model, new NumpyRandom(1));
        engine.SetParameters(parameters);
        var logits = new float[2];
        var gradient = new float[parameters.Length];
        var batch = new TokenBatch(new int[12], [0, 0], [0, 1], 2, 6);
        engine.Evaluate(batch, logits);
        Assert.Equal([parameters[^1], parameters[^1]], logits);
        engine.ComputeGradient(batch, gradient);
        Assert.All(gradient[..^1], value => Assert.Equal(0, value));
    }

    /// <summary>Wide layers are a launch a step, recorded when a batch's shape comes again: nothing may change by that.</summary>
    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void Batches_of_a_wide_layer_repeat_their_bits(AcceleratorKind accelerator)
    {
        var device = devices[accelerator];
        var random = TestRandom.Create(output);
        var model = WideModel(accelerator, random);
        using var engine = device.CreateEngine(model, new OptimizerOptions(), new EngineLimits(4, 6));
        var parameters = ParameterInitializer.Create(model, new NumpyRandom(1));
        engine.SetParameters(parameters);
        int[] rows = [1, 2, 3, 4, 4];
        TokenBatch[] batches = [.. rows.Select(count => RandomBatches.Create(model, count, random))];
        float[][] first = [.. batches.Select(Gradient)];
        var rounds = accelerator == AcceleratorKind.Simulator ? 1 : 3; // the simulator records nothing
        for (var round = 0; round < rounds; round++)
            Assert.Equal(first, batches.Select(Gradient));

        float[] Gradient(TokenBatch batch)
        {
            var gradient = new float[parameters.Length];
            engine.ComputeGradient(batch, gradient);
            return gradient;
        }
    }

    /// <summary>
    /// A gradient with rounded operands is near the full one, and farther off the coarser they are: bfloat16 has an eighth of
    /// tf32's digits.
    /// </summary>
    /// <param name="isStack">Of fewer units, of which the dense products of the second layer alone are rounded.</param>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_precision_rounds_the_gradient(bool isStack)
    {
        TestDevices.SkipIfAbsent(AcceleratorKind.Cuda);
        var random = TestRandom.Create(output);
        var model = isStack
            ? Model with { HiddenSize = random.Next(32, 64), Layers = 2, IsBidirectional = true }
            : Model with { HiddenSize = random.Next(64, 200) };
        var parameters = ParameterInitializer.Create(model, new NumpyRandom(1));
        var batch = RandomBatches.Create(model, 4, random);
        while (batch.Lengths.Max() < 2) // without a recurrent product nothing is rounded
            batch = RandomBatches.Create(model, 4, random);
        var full = Gradient(Precision.Full);
        var (tf32, bfloat16) = (DifferenceTo(Gradient(Precision.Tf32)), DifferenceTo(Gradient(Precision.BFloat16)));
        Assert.InRange(tf32, 1e-7, 5e-3);
        Assert.InRange(bfloat16, 3 * tf32, 4e-2);

        double DifferenceTo(float[] gradient) => full.Zip(gradient, (x, y) => Math.Abs(x - y)).Max() / full.Max(Math.Abs);

        float[] Gradient(Precision wanted)
        {
            var gradient = new float[parameters.Length];
            using var engine = EngineFactory.Create(
                AcceleratorKind.Cuda, model, new OptimizerOptions(), new EngineLimits(4, 6), wanted);
            engine.SetParameters(parameters);
            engine.ComputeGradient(batch, gradient);
            return gradient;
        }
    }

    [SkippableFact]
    public void A_precision_is_refused_where_no_product_is_large_enough()
    {
        TestDevices.SkipIfAbsent(AcceleratorKind.Cuda);
        var error = Assert.Throws<UserErrorException>(
            () => EngineFactory.Create(
                AcceleratorKind.Cuda, Model, new OptimizerOptions(), new EngineLimits(1, 1), Precision.Tf32));
        Assert.StartsWith(
            "Precision tf32 is for 64 hidden units and more: with 5 no product", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void Batches_of_a_loaded_data_set_are_those_of_its_order(AcceleratorKind accelerator)
    {
        var random = TestRandom.Create(output);
        ModelOptions[] models =
        [
            new(9, 3, 5, 6, TextLengths.Real), // each token its own slot
            new(1500, 3, 5, 6, TextLengths.Real), // compacted
            new(9, 3, 1, 6, TextLengths.Real), // one launch on a GPU
            new(1500, 3, 1, 6, TextLengths.Real), // too many tokens for that
        ];
        foreach (var model in models)
            LoadedBatchesAreThoseOfTheirOrder(accelerator, model, random);
    }

    /// <summary>Its sequences are recorded, where the device can: the same shapes from different places.</summary>
    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void So_are_those_of_a_wide_layer(AcceleratorKind accelerator)
    {
        var random = TestRandom.Create(output);
        foreach (var lengths in new[] { TextLengths.Padded, TextLengths.Real }) // all rows have the same length, or each its own
            LoadedBatchesAreThoseOfTheirOrder(accelerator, WideModel(accelerator, random) with { Lengths = lengths }, random);
    }

    // The simulator takes the way of processors, which is the same from 9 units up; of more it is slow, as its threads meet at a
    // barrier every few weights.
    private static ModelOptions WideModel(AcceleratorKind accelerator, Random random) =>
        Model with { HiddenSize = accelerator == AcceleratorKind.Simulator ? random.Next(9, 40) : random.Next(129, 150) };

    /// <summary>
    /// Batches of a data set that is on the device, in two orders, give the same bits as the same batches one by one.
    /// </summary>
    private void LoadedBatchesAreThoseOfTheirOrder(AcceleratorKind accelerator, ModelOptions model, Random random)
    {
        var device = devices[accelerator];
        const int count = 11; // a last batch that is smaller
        const int epochs = 3; // the last one with the first parameters again
        var all = RandomBatches.Create(model, count, random);
        var rows = new TokenMatrix(all.Tokens, all.Lengths, all.Labels, all.Steps);
        var parameters = ParameterInitializer.Create(model, new NumpyRandom(1));
        using var loaded = device.CreateEngine(model, new OptimizerOptions(), new EngineLimits(4, 6));
        using var single = device.CreateEngine(model, new OptimizerOptions(), new EngineLimits(4, 6));
        loaded.SetParameters(parameters);
        single.SetParameters(parameters);
        using var batches = loaded.Load(rows, 4);
        Assert.Equal((count + 3) / 4, batches.Count);
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            if (epoch == epochs - 1)
            {
                loaded.SetParameters(parameters);
                single.SetParameters(parameters);
            }

            int[] order = [.. Enumerable.Range(0, count).OrderBy(_ => random.Next())];
            batches.Reorder(order);
            for (var index = 0; index < batches.Count; index++)
            {
                loaded.TrainStep(batches, index);
                int[] inBatch = [.. order.Skip(4 * index).Take(4)];
                var batch = rows.CreateBatch(inBatch.Length);
                rows.GatherBatch(inBatch, batch);
                single.TrainStep(batch);
            }

            Assert.Equal(single.TakeTrainingTotals(), loaded.TakeTrainingTotals());
            var (one, other) = (new float[parameters.Length], new float[parameters.Length]);
            loaded.GetParameters(one);
            single.GetParameters(other);
            Assert.Equal(other, one);

            var (together, alone) = (new float[count], new float[4]);
            loaded.Evaluate(batches, together, CancellationToken.None);
            var first = rows.CreateBatch(4);
            rows.GatherBatch(order.AsSpan(0, 4), first);
            single.Evaluate(first, alone);
            Assert.Equal(alone, together[..4]); // in the order of the batches
        }

        if (accelerator == AcceleratorKind.Cuda)
            Assert.Equal(model.HiddenSize > 128, ((DeviceEngine)loaded).RecordedSequences > 0);
    }

    /// <summary>On the simulator, which is slow, the determinism check itself tells.</summary>
    [SkippableTheory]
    [InlineData(AcceleratorKind.Cpu)]
    [InlineData(AcceleratorKind.OpenCL)]
    [InlineData(AcceleratorKind.Cuda)]
    public void Two_engines_take_the_same_steps(AcceleratorKind accelerator)
    {
        const int rows = 33;
        const int steps = 30;
        var device = devices[accelerator];
        var random = TestRandom.Create(output);
        foreach (var hidden in new[] { 1, 5 })
        {
            var model = new ModelOptions(12, 3, hidden, steps, TextLengths.Real);
            using var first = device.CreateEngine(model, new OptimizerOptions(), new EngineLimits(rows, model.MaxLength));
            using var second = device.CreateEngine(model, new OptimizerOptions(), new EngineLimits(rows, model.MaxLength));
            Assert.Null(DeterminismCheck.FirstDivergence(model, rows, first, second, random.Next(), CancellationToken.None));
        }
    }

    /// <summary>Batches are indexed several at a time; what comes of one must not depend on its neighbours.</summary>
    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void A_batchs_gradient_has_the_same_bits_whatever_came_before(AcceleratorKind accelerator)
    {
        var device = devices[accelerator];
        var random = TestRandom.Create(output);
        var model = new ModelOptions(1500, 3, 5, 64, TextLengths.Real);
        int[] lengths = [64, 64, 64, 64, 30, 20, 40, 5]; // the first batch has many more different tokens than the second
        var tokens = new int[8 * 64];
        for (var row = 0; row < 8; row++)
        {
            for (var t = 0; t < lengths[row]; t++)
                tokens[row * 64 + t] = random.Next(1, 1500);
        }

        var rows = new TokenMatrix(tokens, lengths, [0, 1, 0, 1, 1, 0, 1, 0], 64);
        using var engine = device.CreateEngine(model, new OptimizerOptions(), new EngineLimits(4, 64));
        var parameters = ParameterInitializer.Create(model, new NumpyRandom(1));
        engine.SetParameters(parameters);
        var (afterFirst, alone) = (new float[parameters.Length], new float[parameters.Length]);
        using (var batches = engine.Load(rows, 4))
        {
            engine.ComputeGradient(batches, 0, afterFirst);
            engine.ComputeGradient(batches, 1, afterFirst);
        }

        using (var batches = engine.Load(rows, 4))
            engine.ComputeGradient(batches, 1, alone);
        Assert.Equal(alone, afterFirst);
    }

    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void Batches_larger_than_the_engine_was_made_for_are_refused(AcceleratorKind accelerator)
    {
        var device = devices[accelerator];
        using var engine = device.CreateEngine(Model, new OptimizerOptions(), new EngineLimits(2, 6));
        var rows = new TokenMatrix(new int[18], [0, 0, 0], [0, 0, 0], 6);
        Assert.Throws<ArgumentException>(() => engine.Load(rows, 3));
        Assert.Throws<ArgumentException>(() => engine.Load(new TokenMatrix(new int[7], [0], [0], 7), 1));
        engine.Load(rows, 2).Dispose();
    }

    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void No_rows_are_no_trouble(AcceleratorKind accelerator)
    {
        TestDevices.SkipIfAbsent(accelerator);
        // opens a device of its own
        using var engine = EngineFactory.Create(accelerator, Model, new OptimizerOptions(), new EngineLimits(2, 6));
        engine.SetParameters(ParameterInitializer.Create(Model, new NumpyRandom(1)));
        using var batches = engine.Load(new TokenMatrix([], [], [], 6), 2);
        Assert.Equal(0, batches.Count);
        Assert.Equal(default, engine.Evaluate(batches, [], CancellationToken.None));
    }

    [Fact]
    public void An_absent_accelerator_is_an_error_that_lists_what_is_there()
    {
        if (DeviceCatalog.List().Any(device => device.Kind == AcceleratorKind.Cuda))
            return; // then it is there, and the other tests use it
        var error = Assert.Throws<DeviceException>(
            () => EngineFactory.Create(AcceleratorKind.Cuda, Model, new OptimizerOptions(), new EngineLimits(1, 1)));
        Assert.StartsWith("no cuda device on this machine; there is: cpu, ", error.Message, StringComparison.Ordinal);
        Assert.Contains("simulator", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Buffers_beyond_32_bits_are_refused() => Assert.Contains(
        "more than",
        Assert.Throws<UserErrorException>(() => EngineFactory.Create(
            AcceleratorKind.Cpu, Model with { HiddenSize = 4096 }, new OptimizerOptions(),
            new EngineLimits(65_536, 65_536))).Message,
        StringComparison.Ordinal);
}
