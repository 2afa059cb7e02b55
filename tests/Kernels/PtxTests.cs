using System.Reflection;
using System.Text.RegularExpressions;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Operations;
using ILGPU;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Kernels;

/// <summary>Compiles every kernel in every specialisation to PTX with no GPU and reads the text for what would make it wrong or slow.</summary>
public sealed class PtxTests(ITestOutputHelper output)
{
    // These alone have memory of their own.
    private static readonly string[] ForProcessors =
    [
        "LstmSequence.LanesForward", "LstmSequence.LanesBackward", "LstmSequence.SerialForward", "LstmSequence.SerialBackward",
        "GateTable.SerialForward", "GateTable.SerialEmbeddingBackward",
    ];

    private static readonly TimeSpan RegexLimit = TimeSpan.FromSeconds(1);

    public static TheoryData<string, int> EveryKernelAndTarget()
    {
        var data = new TheoryData<string, int>();
        foreach (var kernel in KernelList.All)
        {
            data.Add(kernel.Name, 80);
            data.Add(kernel.Name, 90);
        }

        return data;
    }

    public static TheoryData<string> KernelsWithWeightsInRegisters =>
        [.. KernelList.All.Where(kernel => kernel.WeightsInRegisters > 0).Select(kernel => kernel.Name)];

    [Fact]
    public void Every_kernel_method_carries_the_mark_and_is_listed()
    {
        var named = typeof(LstmCell).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(method => method.Name.EndsWith("Kernel", StringComparison.Ordinal) && method.ReturnType == typeof(void))
            .ToArray();
        Assert.NotEmpty(named);
        Assert.Equal(Names(named), Names(KernelList.Marked));
        Assert.Equal(Names(named), Names(KernelList.All.Select(kernel => kernel.Method)));

        static IEnumerable<string> Names(IEnumerable<MethodInfo> methods) =>
            methods.Select(method => method.DeclaringType!.FullName + method.Name).Distinct().Order(StringComparer.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EveryKernelAndTarget))]
    public void Compiles_to_clean_ptx(string name, int architecture)
    {
        var kernel = KernelList.Find(name);
        var ptx = kernel.Ptx(architecture);

        Assert.Contains(".entry", ptx, StringComparison.Ordinal);
        Assert.Matches(new Regex($@"\.maxntid {kernel.GroupSize}\b", RegexOptions.None, RegexLimit), ptx); // ptxas shares the registers out by it
        Assert.DoesNotContain("bra.uni", ptx, StringComparison.Ordinal); // unsound, and keeps ptxas from unrolling
        if (!ForProcessors.Contains(name)) // whose first-level cache is as near as memory gets
            Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal); // registers spilled to memory by design
        Assert.DoesNotContain("approx", ptx, StringComparison.Ordinal); // wrong in float32's last bits
        Assert.DoesNotMatch(new Regex(@"\b(atom|red)\.\S*f(16|32|64)", RegexOptions.ExplicitCapture, RegexLimit), ptx); // an order of additions that changes from run to run
        Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal); // double arithmetic by accident
        Assert.DoesNotContain("call", ptx, StringComparison.Ordinal); // a helper that was not inlined
        Assert.DoesNotContain(".func", ptx, StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex(@"\brem\.\w+\s+\S+ \S+ (1|2|4|8|16|32|64|128|256|512|1024);", RegexOptions.ExplicitCapture, RegexLimit), ptx); // bit operations can do it
        // Loads and stores name their address space; generic ones are slower.
        Assert.DoesNotMatch(new Regex(@"\b(ld|st)\.(v4\.)?(f32|b32|u32|s32|b64|u64)", RegexOptions.ExplicitCapture, RegexLimit), ptx);
    }

    /// <summary>What the driver is given is what these tests read, whatever the process has compiled before.</summary>
    [Fact]
    public void A_kernels_text_does_not_depend_on_others()
    {
        using var compiler = Context.Create(builder => KernelLoader.Configure(builder));
        var random = TestRandom.Create(output);
        Assert.All(KernelList.All.OrderBy(_ => random.Next()), kernel => Assert.Equal(kernel.Ptx(), kernel.Ptx(compiler)));
    }

    /// <summary>
    /// A step's product is one multiplication for each weight that a thread holds, in a straight line, on inputs that come as quads from
    /// shared memory, one for each block of sixteen weights.
    /// </summary>
    [Theory]
    [MemberData(nameof(KernelsWithWeightsInRegisters))]
    public void Keeps_its_weights_in_registers(string name)
    {
        var kernel = KernelList.Find(name);
        var shape = TileShape.All.Single(shape => shape.Forward.Method == kernel.Method || shape.Backward.Method == kernel.Method);
        var product = Product(kernel.Ptx());

        var weights = 4 * shape.Units / shape.Slices;
        var inSharedMemory = 16 * shape.BlocksInSharedMemory;
        Assert.Equal(kernel.WeightsInRegisters, weights - inSharedMemory);
        Assert.Equal(weights, Count(product, @"\bmul\.(rn\.)?f32") + Count(product, @"\bfma\.rn\.f32"));
        Assert.Equal(weights / 16 + inSharedMemory / 4, Count(product, @"\bld\.shared\.v4\.f32"));
        Assert.Equal(0, Count(product, @"\bld\.global"));
        Assert.Equal(0, Count(product, @"\bld\.shared\.f32"));
        Assert.Equal(1, Count(product, @"\bst\.shared\.v4\.f32"));
    }

    /// <summary>
    /// A step's gate math, its five functions and their products, is one straight block up to the store of the gates, without a division
    /// (a dozen instructions and a branch each): what makes the functions' latencies overlap.
    /// </summary>
    [Theory]
    [InlineData("LstmCell.Forward", 5)]
    [InlineData("LstmCell.Backward", 1)]
    [InlineData("LstmSequence.RowForward", 5)]
    [InlineData("LstmSequence.RowBackward", 1)]
    [InlineData("LstmSequence.TileForward Twice Size64 Size4", 5)]
    [InlineData("LstmSequence.TileBackward Twice Size64 Size4", 1)]
    [InlineData("LstmSequence.StepForward", 5)]
    [InlineData("LstmSequence.StepBackward", 1)]
    public void Gate_math_is_one_block_without_division(string name, int functions)
    {
        const string StartOfAPowerOfTwo = @"\bshl\.b32\s+%r\d+, %r\d+, 23;";
        var ptx = KernelList.Find(name).Ptx();
        Assert.DoesNotContain("div.", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("rcp.", ptx, StringComparison.Ordinal);
        Assert.Contains(Blocks(ptx), block => Count(block, StartOfAPowerOfTwo) == functions && block.Contains("st.global.v4.f32", StringComparison.Ordinal));
    }

    /// <summary>The gates of a unit come and go as sixteen bytes, in every kernel that has them, and so do weights.</summary>
    [Theory]
    [InlineData("LstmCell.Forward", 1, 1)]
    [InlineData("LstmCell.Backward", 1, 1)]
    [InlineData("LstmSequence.RowForward", 3, 1)] // two before the loop, one ahead in it
    [InlineData("LstmSequence.RowBackward", 3, 2)] // the loop's, and zeros behind a row's end
    [InlineData("LstmSequence.TileForward Twice Size64 Size4", 18, 1)] // and sixteen of weights, before the loop
    [InlineData("LstmSequence.TileBackward Twice Size64 Size4", 18, 2)]
    [InlineData("GateTable.Forward", 0, 1)]
    [InlineData("GateTable.EmbeddingBackward", 1, 0)]
    public void Moves_gates_as_quads(string name, int loads, int stores)
    {
        var ptx = KernelList.Find(name).Ptx();
        Assert.Equal(loads, Count(ptx, @"\bld\.global\.v4\.f32"));
        Assert.Equal(stores, Count(ptx, @"\bst\.global\.v4\.f32"));
    }

    /// <summary>On tensor cores a block of sixteen inputs is one straight block of whole loads, whose count is that of the operands, and products.</summary>
    [Theory]
    [InlineData("LstmSequence.TensorForward SplitQuad NarrowTile", 48, @"ld\.global\.v4\.f32", 8)]
    [InlineData("LstmSequence.TensorForward SplitQuad WideTile", 48, @"ld\.global\.v4\.f32", 8)]
    [InlineData("LstmSequence.TensorForward Tf32Quad NarrowTile", 16, @"ld\.global\.v4\.b32", 8)]
    [InlineData("LstmSequence.TensorForward Tf32Quad WideTile", 16, @"ld\.global\.v4\.b32", 8)]
    [InlineData("LstmSequence.TensorForward BFloat16Quad NarrowTile", 8, @"ld\.global\.v2\.b32", 8)]
    [InlineData("LstmSequence.TensorForward BFloat16Quad WideTile", 8, @"ld\.global\.v2\.b32", 8)]
    [InlineData("LstmSequence.TensorBackward SplitQuad NarrowTile", 12, @"ld\.global\.v4\.f32", 5)]
    [InlineData("LstmSequence.TensorBackward SplitQuad WideTile", 24, @"ld\.global\.v4\.f32", 6)]
    [InlineData("LstmSequence.TensorBackward Tf32Quad NarrowTile", 4, @"ld\.global\.v4\.b32", 5)]
    [InlineData("LstmSequence.TensorBackward Tf32Quad WideTile", 8, @"ld\.global\.v4\.b32", 6)]
    [InlineData("LstmSequence.TensorBackward BFloat16Quad NarrowTile", 2, @"ld\.global\.v2\.b32", 5)]
    [InlineData("LstmSequence.TensorBackward BFloat16Quad WideTile", 4, @"ld\.global\.v2\.b32", 6)]
    [InlineData("WeightGradient.TensorSlice RecurrentWeights SplitQuad", 48, @"ld\.shared\.v4\.f32", 4)]
    [InlineData("WeightGradient.TensorSlice RecurrentWeights Tf32Quad", 16, @"ld\.shared\.v4\.f32", 4)]
    [InlineData("WeightGradient.TensorSlice RecurrentWeights BFloat16Quad", 8, @"ld\.shared\.v4\.f32", 4)]
    public void Tensor_core_products_are_one_block(string name, int products, string load, int loads)
    {
        var block = Assert.Single(Blocks(KernelList.Find(name).Ptx()), block => block.Contains("mma.sync", StringComparison.Ordinal));
        Assert.Equal(products, Count(block, @"\bmma\.sync\.aligned"));
        Assert.Equal(loads, Count(block, load));
        Assert.Equal(0, Count(block, @"\bst\."));
    }

    /// <summary>The block of straight code that multiplies what it loads from shared memory.</summary>
    private static string Product(string ptx) => Blocks(ptx)
        .Where(block => block.Contains("ld.shared.v4", StringComparison.Ordinal))
        .MaxBy(Products)!;

    private static string[] Blocks(string ptx) => Regex.Split(ptx, @"^\S*:\s*$|\bbra\b|\bbar\.sync\b", RegexOptions.Multiline, RegexLimit);

    private static int Products(string block) => Count(block, @"\bmul\.(rn\.)?f32") + Count(block, @"\bfma\.rn\.f32");

    private static int Count(string text, string pattern) => Regex.Count(text, pattern, RegexOptions.None, RegexLimit);
}
