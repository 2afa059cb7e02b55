using System.Reflection;
using System.Text.RegularExpressions;
using GpuLstm.Kernels;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Kernels.TestKernels;
using ILGPU;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Kernels;

/// <summary>
/// Compiles every kernel in every specialisation to PTX with no GPU and reads the text for what would make it wrong or slow.
/// </summary>
public sealed class PtxTests(ITestOutputHelper output)
{
    private const string LoadGlobalFloats = @"ld\.global\.v4\.f32";
    private const string LoadGlobalQuads = @"ld\.global\.v4\.b32";
    private const string LoadGlobalPairs = @"ld\.global\.v2\.b32";
    private const string LoadSharedFloats = @"ld\.shared\.v4\.f32";

    private static readonly IReadOnlyList<MethodInfo> Marked =
    [
        .. from type in typeof(LstmSequence).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
           where method.GetCustomAttribute<DeviceKernelAttribute>() is not null
           select method,
    ];

    private static readonly TimeSpan RegexLimit = TimeSpan.FromSeconds(1);

    public static TheoryData<string, int> EveryKernelAndTarget()
    {
        var data = new TheoryData<string, int>();
        foreach (var kernel in KernelCatalog.All)
        {
            data.Add(kernel.Name, 80);
            data.Add(kernel.Name, 90);
        }

        return data;
    }

    public static TheoryData<string> KernelsWithWeightsInRegisters =>
        [.. TileShape.All.SelectMany(shape => shape.Kernels).Select(kernel => kernel.Name)];

    /// <summary>Kernels with gate math, and how many functions it has.</summary>
    public static TheoryData<string, int> KernelsWithGateMath => new()
    {
        { Name(GateMath.ForwardKernel), 5 },
        { Name(GateMath.BackwardKernel), 1 },
        { Name(LstmSequence.RowForwardKernel), 5 },
        { Name(LstmSequence.RowBackwardKernel<LstmSequence.AtLastStep>), 1 },
        { Name(Tile64.Forward), 5 },
        { Name(Tile64.BackwardAtLastStep), 1 },
        { Name(Tile64.BackwardAtEveryStep), 1 },
        { Name(LstmSequence.StepForwardKernel), 5 },
        { Name(LstmSequence.StepBackwardKernel<LstmSequence.AtLastStep>), 1 },
    };

    /// <summary>Kernels that move gates, and how many loads and stores of sixteen bytes each has.</summary>
    public static TheoryData<string, int, int> KernelsThatMoveGates => new()
    {
        { Name(GateMath.ForwardKernel), 1, 1 },
        { Name(GateMath.BackwardKernel), 1, 1 },
        { Name(LstmSequence.RowForwardKernel), 3, 1 }, // two before the loop, one ahead in it
        { Name(LstmSequence.RowBackwardKernel<LstmSequence.AtLastStep>), 3, 2 }, // the loop's, and zeros behind a row's end
        { Name(Tile64.Forward), 18, 1 }, // and sixteen of weights, before the loop
        { Name(Tile64.BackwardAtLastStep), 18, 2 },
        { Name(Tile64.BackwardAtEveryStep), 18, 2 },
        { Name(GateTable.ForwardKernel), 0, 1 },
        { Name(GateTable.InputBackwardKernel<GateTable.Writes>), 1, 0 },
    };

    /// <summary>
    /// Kernels for tensor cores: in a block of sixteen inputs the products, how a quad of operands is loaded, and how many are.
    /// </summary>
    public static TheoryData<string, int, string, int> KernelsOnTensorCores => new()
    {
        { Name(LstmSequence.TensorForwardKernel<SplitQuad, LstmSequence.NarrowTile>), 48, LoadGlobalFloats, 8 },
        { Name(LstmSequence.TensorForwardKernel<SplitQuad, LstmSequence.WideTile>), 48, LoadGlobalFloats, 8 },
        { Name(LstmSequence.TensorForwardKernel<Tf32Quad, LstmSequence.NarrowTile>), 16, LoadGlobalQuads, 8 },
        { Name(LstmSequence.TensorForwardKernel<Tf32Quad, LstmSequence.WideTile>), 16, LoadGlobalQuads, 8 },
        { Name(LstmSequence.TensorForwardKernel<BFloat16Quad, LstmSequence.NarrowTile>), 8, LoadGlobalPairs, 8 },
        { Name(LstmSequence.TensorForwardKernel<BFloat16Quad, LstmSequence.WideTile>), 8, LoadGlobalPairs, 8 },
        { TensorBackward<SplitQuad, LstmSequence.NarrowTile>(), 12, LoadGlobalFloats, 5 },
        { TensorBackward<SplitQuad, LstmSequence.WideTile>(), 24, LoadGlobalFloats, 6 },
        { TensorBackward<Tf32Quad, LstmSequence.NarrowTile>(), 4, LoadGlobalQuads, 5 },
        { TensorBackward<Tf32Quad, LstmSequence.WideTile>(), 8, LoadGlobalQuads, 6 },
        { TensorBackward<BFloat16Quad, LstmSequence.NarrowTile>(), 2, LoadGlobalPairs, 5 },
        { TensorBackward<BFloat16Quad, LstmSequence.WideTile>(), 4, LoadGlobalPairs, 6 },
        { Name(WeightGradient.TensorSliceKernel<WeightGradient.RecurrentWeights, SplitQuad>), 48, LoadSharedFloats, 4 },
        { Name(WeightGradient.TensorSliceKernel<WeightGradient.RecurrentWeights, Tf32Quad>), 16, LoadSharedFloats, 4 },
        { Name(WeightGradient.TensorSliceKernel<WeightGradient.RecurrentWeights, BFloat16Quad>), 8, LoadSharedFloats, 4 },
        { Name(GateTable.TensorForwardKernel<SplitQuad>), 48, LoadSharedFloats, 4 },
        { Name(GateTable.TensorInputBackwardKernel<GateTable.Writes, Tf32Quad>), 16, LoadSharedFloats, 4 },
        { Name(GateTable.TensorInputBackwardKernel<GateTable.Adds, BFloat16Quad>), 8, LoadSharedFloats, 4 },
    };

    private static TileShape Tile64 => TileShape.All.Single(shape => shape.Units == 64);

    [Fact]
    public void Every_kernel_method_carries_the_mark_and_is_listed()
    {
        var named = typeof(LstmSequence).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(method => method.Name.EndsWith("Kernel", StringComparison.Ordinal) && method.ReturnType == typeof(void))
            .ToArray();
        Assert.NotEmpty(named);
        Assert.Equal(Names(named), Names(Marked));
        Assert.Equal(Names(named), Names(KernelCatalog.All.Select(kernel => kernel.Method)));

        static IEnumerable<string> Names(IEnumerable<MethodInfo> methods) =>
            methods.Select(method => method.DeclaringType!.FullName + method.Name).Distinct().Order(StringComparer.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EveryKernelAndTarget))]
    public void Compiles_to_clean_ptx(string name, int architecture)
    {
        var kernel = Find(name);
        var ptx = kernel.Ptx(architecture);

        Assert.Contains(".entry", ptx, StringComparison.Ordinal);
        // ptxas shares the registers out by it
        Assert.Matches(new Regex($@"\.maxntid {kernel.GroupSize}\b", RegexOptions.None, RegexLimit), ptx);
        Assert.DoesNotContain("bra.uni", ptx, StringComparison.Ordinal); // unsound, and keeps ptxas from unrolling
        if (!kernel.HasLocalMemory) // whose first-level cache is as near as memory gets
            Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal); // registers spilled to memory by design
        Assert.DoesNotContain("approx", ptx, StringComparison.Ordinal); // wrong in float32's last bits
        // an order of additions that changes from run to run
        Assert.DoesNotMatch(new Regex(@"\b(atom|red)\.\S*f(16|32|64)", RegexOptions.ExplicitCapture, RegexLimit), ptx);
        Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal); // double arithmetic by accident
        Assert.DoesNotContain("call", ptx, StringComparison.Ordinal); // a helper that was not inlined
        Assert.DoesNotContain(".func", ptx, StringComparison.Ordinal);
        // bit operations can do it
        Assert.DoesNotMatch(
            new Regex(@"\brem\.\w+\s+\S+ \S+ (1|2|4|8|16|32|64|128|256|512|1024);", RegexOptions.ExplicitCapture, RegexLimit),
            ptx);
        // Loads and stores name their address space; generic ones are slower.
        Assert.DoesNotMatch(
            new Regex(@"\b(ld|st)\.(v4\.)?(f32|b32|u32|s32|b64|u64)", RegexOptions.ExplicitCapture, RegexLimit), ptx);
    }

    /// <summary>What the driver is given is what these tests read, whatever the process has compiled before.</summary>
    [Fact]
    public void A_kernels_text_does_not_depend_on_others()
    {
        using var compiler = Context.Create(builder => KernelLoader.Configure(builder));
        var random = TestRandom.Create(output);
        Assert.All(KernelCatalog.All.OrderBy(_ => random.Next()), kernel => Assert.Equal(kernel.Ptx(), kernel.Ptx(compiler)));
    }

    /// <summary>
    /// A step's product is one multiplication for each weight that a thread holds, in a straight line, on inputs that come as
    /// quads from shared memory, one for each block of sixteen weights.
    /// </summary>
    [Theory]
    [MemberData(nameof(KernelsWithWeightsInRegisters))]
    public void Keeps_its_weights_in_registers(string name)
    {
        var kernel = Find(name);
        var shape = TileShape.All.Single(
            shape => shape.Kernels.Any(other => other.Method == kernel.Method));
        var product = Product(kernel.Ptx());

        var weights = 4 * shape.Units / shape.Slices;
        var inSharedMemory = 16 * shape.BlocksInSharedMemory;
        Assert.Equal(weights, Count(product, @"\bmul\.(rn\.)?f32") + Count(product, @"\bfma\.rn\.f32"));
        Assert.Equal(weights / 16 + inSharedMemory / 4, Count(product, @"\bld\.shared\.v4\.f32"));
        Assert.Equal(0, Count(product, @"\bld\.global"));
        Assert.Equal(0, Count(product, @"\bld\.shared\.f32"));
        Assert.Equal(1, Count(product, @"\bst\.shared\.v4\.f32"));
    }

    /// <summary>
    /// A step's gate math, its five functions and their products, is one straight block up to the store of the gates, without a
    /// division (a dozen instructions and a branch each): what makes the functions' latencies overlap.
    /// </summary>
    [Theory]
    [MemberData(nameof(KernelsWithGateMath))]
    public void Gate_math_is_one_block_without_division(string name, int functions)
    {
        const string StartOfAPowerOfTwo = @"\bshl\.b32\s+%r\d+, %r\d+, 23;";
        var ptx = Find(name).Ptx();
        Assert.DoesNotContain("div.", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("rcp.", ptx, StringComparison.Ordinal);
        Assert.Contains(
            Blocks(ptx),
            block => Count(block, StartOfAPowerOfTwo) == functions
                && block.Contains("st.global.v4.f32", StringComparison.Ordinal));
    }

    /// <summary>The gates of a unit come and go as sixteen bytes, in every kernel that has them, and so do weights.</summary>
    [Theory]
    [MemberData(nameof(KernelsThatMoveGates))]
    public void Moves_gates_as_quads(string name, int loads, int stores)
    {
        var ptx = Find(name).Ptx();
        Assert.Equal(loads, Count(ptx, @"\bld\.global\.v4\.f32"));
        Assert.Equal(stores, Count(ptx, @"\bst\.global\.v4\.f32"));
    }

    /// <summary>
    /// On tensor cores a block of sixteen inputs is one straight block of whole loads, whose count is that of the operands, and
    /// products.
    /// </summary>
    [Theory]
    [MemberData(nameof(KernelsOnTensorCores))]
    public void Tensor_core_products_are_one_block(string name, int products, string load, int loads)
    {
        var block = Assert.Single(Blocks(Find(name).Ptx()), block => block.Contains("mma.sync", StringComparison.Ordinal));
        Assert.Equal(products, Count(block, @"\bmma\.sync\.aligned"));
        Assert.Equal(loads, Count(block, load));
        Assert.Equal(0, Count(block, @"\bst\."));
    }

    private static string TensorBackward<TQuad, TTile>()
        where TQuad : unmanaged, IOperandQuad<TQuad>
        where TTile : unmanaged, LstmSequence.ITensorTile =>
        Name(LstmSequence.TensorBackwardKernel<TQuad, TTile, LstmSequence.AtLastStep>);

    private static string Name(Delegate kernel) => KernelName.Of(kernel.Method);

    private static KernelInstance Find(string name) => KernelCatalog.All.Single(kernel => kernel.Name == name);

    /// <summary>The block of straight code that multiplies what it loads from shared memory.</summary>
    private static string Product(string ptx) => Blocks(ptx)
        .Where(block => block.Contains("ld.shared.v4", StringComparison.Ordinal))
        .MaxBy(Products)!;

    private static string[] Blocks(string ptx) =>
        Regex.Split(ptx, @"^\S*:\s*$|\bbra\b|\bbar\.sync\b", RegexOptions.Multiline, RegexLimit);

    private static int Products(string block) => Count(block, @"\bmul\.(rn\.)?f32") + Count(block, @"\bfma\.rn\.f32");

    private static int Count(string text, string pattern) => Regex.Count(text, pattern, RegexOptions.None, RegexLimit);
}
