using GpuLstm.Kernels.TestKernels;

namespace GpuLstm.Tests.Architecture;

/// <summary>Each operation has its room, whose parts find each other by its name.</summary>
public sealed class RoomTests
{
    private const string Rooms = "kernels/Operations";
    private const string Cases = "src/Core/Verification/Cases";

    public static TheoryData<string> Operations =>
    [
        .. new DirectoryInfo(Path.Combine(SourceTree.Root, Rooms)).GetDirectories()
            .Where(room => room.EnumerateFiles("*.cs").Any())
            .Select(room => room.Name)
            .Order(),
    ];

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_has_a_contract_a_reference_and_a_case(string operation)
    {
        var room = Texts($"{Rooms}/{operation}");
        Assert.Contains($"{operation}.cs", room.Keys);
        Assert.Contains($"class {operation}", room[$"{operation}.cs"], StringComparison.Ordinal);

        // That of a whole step is the whole network.
        if (operation != nameof(GpuLstm.Kernels.Operations.OneUnitStep))
            Assert.Contains(room.Values, text => text.Contains("class Reference") || text.Contains("record Reference("));

        // The gate math of one unit is no kernel of its own but for tests.
        var name = operation == nameof(GpuLstm.Kernels.Operations.LstmCell) ? nameof(GateMath) : operation;
        Assert.Contains($"{name}Case.cs", Texts(Cases).Keys);
    }

    private static Dictionary<string, string> Texts(string folder) => Directory
        .EnumerateFiles(Path.Combine(SourceTree.Root, folder), "*.cs")
        .ToDictionary(path => Path.GetFileName(path), File.ReadAllText);
}
