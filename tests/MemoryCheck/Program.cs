using GpuLstm.Kernels.Devices;
using GpuLstm.MemoryCheck;
using GpuLstm.Verification;
using GpuLstm.Verification.Comparison;
using GpuLstm.Verification.Models;

// Runs on OpenCL what its first argument names: operations of the case table, with commas between; "model", the short rows of
// the model table; a single one of its rows; or a planted fault. Shapes are tiny. The second argument seeds the shapes, the third
// says how often an operation's cases repeat; a fourth, "processor", has the kernels chosen that processors get. Operations at
// real sizes would take minutes each where every instruction is interpreted. Exit code 0: ran, and all results are right.
var info = DeviceCatalog.List().First(device => device.Kind == AcceleratorKind.OpenCL);
var device = DeviceCatalog.Open(args is [_, _, _, "processor"] ? info with { IsGpu = false } : info);
using var verifier = new Verifier(device, CaseScale.Tiny); // owns the device
var random = new Random(int.Parse(args[1]));
var rounds = int.Parse(args[2]);
switch (args[0])
{
    case PlantedFaults.Race:
        PlantedFaults.RunRace(device);
        return 0;
    case PlantedFaults.Overflow:
        PlantedFaults.RunOverflow(device);
        return 0;
    case "model":
        return Report(ModelCaseTable.All.Where(row => !row.IsLong).SelectMany(row => verifier.RunModel(row, random)));
    case var name when ModelCaseTable.All.SingleOrDefault(row => row.Name == name) is { } row:
        return Report(verifier.RunModel(row, random));
    default:
        var operations = args[0].Split(',');
        var rows = CaseTable.All.Where(row => operations.Contains(row.Operation) && row.Size != CaseSize.Real);
        return Report(rows.SelectMany(row => Enumerable.Range(0, rounds).SelectMany(_ => verifier.RunOperation(row, random))));
}

static int Report(IEnumerable<VerificationResult> results)
{
    var all = results.ToList();
    foreach (var result in all.Where(result => !result.Passed))
        Console.Error.WriteLine(result);
    return all.Count > 0 && all.TrueForAll(result => result.Passed) ? 0 : 1;
}
