using GpuLstm.Kernels.Devices;
using GpuLstm.Verification;
namespace GpuLstm.Tests;
public class ProbeTest(Xunit.Abstractions.ITestOutputHelper o)
{
    [Theory, InlineData(AcceleratorKind.Simulator), InlineData(AcceleratorKind.OpenCL)]
    public void Probe(AcceleratorKind kind)
    {
        foreach (var d in DeviceCatalog.List()) o.WriteLine(d.ToString());
        using var device = DeviceCatalog.Open(kind);
        var bad = 0;
        for (var round = 0; round < 5; round++)
        foreach (var (name, run) in KernelCases.All)
        {
            using var c = new CaseDevice(device, new Random(round));
            var t = System.Diagnostics.Stopwatch.StartNew();
            run(c);
            foreach (var r in c.Results) { if (round==0||!r.Passed) o.WriteLine($"{(r.Passed ? "ok" : "FAIL")} {r.Operation} {r.Tensor} {r.Shape} {r.WorstAbsolute:E2} {r.WorstRelative:E2} {r.Bound:E1}"); bad += r.Passed ? 0 : 1; }
            o.WriteLine($"{name} {t.ElapsedMilliseconds} ms");
        }
        Assert.Equal(0, bad);
    }
}
