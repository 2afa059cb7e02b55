using GpuLstm.Engines;
using GpuLstm.Model;
using GpuLstm.Reference;
using GpuLstm.Training;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Libtorch;

public sealed class OracleTests(OracleBook book, ITestOutputHelper output) : IClassFixture<OracleBook>
{
    public static TheoryData<OracleShape> Shapes => [.. OracleShape.Table];
    
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Probe(OracleShape shape)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var oracle = book[shape];
        output.WriteLine($"{shape} {oracle.Model.Readout} oracle {clock.Elapsed.TotalSeconds:F2}");
        var layout = new ParameterLayout(oracle.Model);
        double Rel(IEnumerable<double> a, IEnumerable<double> b) { var d = a.Zip(b).Max(p => Math.Abs(p.First - p.Second)); var m = b.Max(Math.Abs); return d == 0 ? 0 : d / m; }
        clock.Restart();
        var reference = new ReferenceClassifier(oracle.Model, oracle.Start);
        var forward = reference.Forward(oracle.Batches[0]);
        var gradient = reference.Backward(oracle.Batches[0], forward);
        output.WriteLine($"ref f64: logits {Rel(forward.Logits, oracle.Result.Logits):0.0e-0} loss {Rel([forward.Loss], [oracle.Result.Loss]):0.0e-0} grad {layout.Tensors.Max(t => Rel(t.In(gradient).ToArray(), t.In(oracle.Result.Gradient).ToArray())):0.0e-0} {clock.Elapsed.TotalSeconds:F2}");
        clock.Restart();
        var parameters = (double[])oracle.Start.Clone();
        var adam = new ReferenceAdam(parameters.Length, new AdamOptions());
        foreach (var batch in oracle.TrainingBatches)
        {
            var c = new ReferenceClassifier(oracle.Model, parameters);
            adam.Step(parameters, c.Backward(batch, c.Forward(batch)));
        }
        output.WriteLine($"ref adam {layout.Tensors.Max(t => Rel(t.In(parameters).ToArray(), t.In(oracle.Trained).ToArray())):0.0e-0} {clock.Elapsed.TotalSeconds:F2}");
        clock.Restart();
        using (var f32 = new LibtorchClassifier(oracle.Model, oracle.Start, TorchSharp.torch.ScalarType.Float32))
        {
            var r = f32.Differentiate(oracle.Batches[0]);
            output.WriteLine($"torch f32: logits {Rel(r.Logits, oracle.Result.Logits):0.0e-0} loss {Rel([r.Loss], [oracle.Result.Loss]):0.0e-0} hidden {Rel(r.Hidden, oracle.Result.Hidden):0.0e-0} grad {layout.Tensors.Max(t => Rel(t.In(r.Gradient).ToArray(), t.In(oracle.Result.Gradient).ToArray())):0.0e-0}");
            var tr = LibtorchClassifier.Train(oracle.Model, oracle.Start, TorchSharp.torch.ScalarType.Float32, oracle.TrainingBatches, Oracle.Damped);
            output.WriteLine($"torch f32 adam {layout.Tensors.Max(t => Rel(t.In(tr).ToArray(), t.In(oracle.TrainedDamped).ToArray())):0.0e-0} {clock.Elapsed.TotalSeconds:F2}");
        }
        foreach (var choice in new[] { AcceleratorChoice.Cpu, AcceleratorChoice.OpenCL, AcceleratorChoice.Simulator })
        {
            if (choice == AcceleratorChoice.Simulator && shape.Batch * shape.Steps * shape.Hidden > 2000) continue;
            clock.Restart();
            using var engine = EngineFactory.Create(choice, oracle.Model, Oracle.Damped, new EngineLimits(shape.Batch, shape.Steps));
            var p = Array.ConvertAll(oracle.Start, v => (float)v);
            engine.SetParameters(p);
            var logits = new float[shape.Batch]; var g = new float[p.Length];
            var loss = engine.Evaluate(oracle.Batches[0], logits).MeanLoss;
            engine.ComputeGradient(oracle.Batches[0], g);
            foreach (var b in oracle.TrainingBatches) engine.TrainStep(b);
            engine.GetParameters(p);
            double[] D(float[] x) => Array.ConvertAll(x, v => (double)v);
            output.WriteLine($"{choice}: logits {Rel(D(logits), oracle.Result.Logits):0.0e-0} loss {Rel([loss], [oracle.Result.Loss]):0.0e-0} grad {layout.Tensors.Max(t => Rel(t.In(D(g)).ToArray(), t.In(oracle.Result.Gradient).ToArray())):0.0e-0} adam {layout.Tensors.Max(t => Rel(t.In(D(p)).ToArray(), t.In(oracle.TrainedDamped).ToArray())):0.0e-0} {clock.Elapsed.TotalSeconds:F2}");
        }
    }
}
