namespace GpuLstm.Tests.Architecture;

/// <summary>Each operation has its room, whose parts find each other by its name.</summary>
public sealed class RoomTests
{
    private const string Rooms = "kernels/Operations";
    private const string Cases = "src/Core/Verification/Cases";

    public static TheoryData<string> Operations =>
        [.. new DirectoryInfo(Path.Combine(SourceTree.Root, Rooms)).GetDirectories().Select(room => room.Name).Order()];

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_has_a_contract_a_reference_and_a_case(string operation)
    {
        var room = Texts($"{Rooms}/{operation}");
        Assert.Contains($"{operation}.cs", room.Keys);
        Assert.Contains($"class {operation}", room[$"{operation}.cs"], StringComparison.Ordinal);

        // That of a whole step is the whole network.
        if (operation != nameof(GpuLstm.Kernels.Operations.OneUnitStep))
            Assert.Contains(room.Values, text => text.Contains("static class Reference", StringComparison.Ordinal));
        Assert.Contains(Texts(Cases).Values, text => text.Contains($"{operation}.", StringComparison.Ordinal));
    }

    private static Dictionary<string, string> Texts(string folder) => Directory
        .EnumerateFiles(Path.Combine(SourceTree.Root, folder), "*.cs")
        .ToDictionary(path => Path.GetFileName(path), File.ReadAllText);
}
