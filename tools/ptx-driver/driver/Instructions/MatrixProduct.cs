using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>
/// Products of small matrices by a whole warp (<c>mma.sync</c>): d = a b + c, a of 16 rows, b of 8 columns. The products are
/// exact; their sum with c is taken in double precision and rounded to float32 once. A device's own order and roundings are not
/// documented.
/// </summary>
internal static unsafe class MatrixProduct
{
    private const int Rows = 16;
    private const int Columns = 8;
    private const int MaxDepth = 16;

    private static readonly PtxType B32 = PtxType.Find("b32")!;
    private static readonly PtxType F32 = PtxType.Find("f32")!;

    public static void AddTo(InstructionSet set) => set.Add("mma", form =>
    {
        form.Expect("sync");
        form.Expect("aligned");
        var depth = form.OneOf("m16n8k4", "m16n8k8", "m16n8k16") switch
        {
            "m16n8k4" => 4,
            "m16n8k8" => 8,
            _ => 16,
        };
        form.Expect("row");
        form.Expect("col");
        form.Expect("f32");
        var element = form.OneOf("tf32", "bf16", "f16");
        form.Expect(element);
        form.Expect("f32");
        form.RequireTarget(80);
        if (!(element == "tf32" ? depth is 4 or 8 : depth is 8 or 16))
            throw form.Error($".m16n8k{depth} does not fit .{element}");
        var words = element == "tf32" ? depth / 4 : depth / 8; // of b, in each lane; a has twice as many
        var d = form.VectorTarget(4, F32, mayBeWider: false).Offsets;
        var a = form.VectorSource(2 * words, B32, mayBeWider: false).Offsets;
        var b = form.VectorSource(words, B32, mayBeWider: false).Offsets;
        var c = form.VectorSource(4, F32, mayBeWider: false).Offsets;
        var fragments = form.Scope.Arena.Allocate<Fragments>(1);
        *fragments = new Fragments { D = d, A = a, B = b, C = c, Depth = depth };
        form.Code.List = (int*)fragments;
        form.Code.Kind = InstructionKind.MatrixProduct;
        form.Code.Data = DataFlow.AcrossLanes;
        form.Code.Execute = element switch
        {
            "tf32" => &Multiply<Tf32>,
            "bf16" => &Multiply<Bf16>,
            _ => &Multiply<Float16>,
        };
    });

    private struct Fragments
    {
        public int* D, A, B, C;
        public int Depth;
    }

    /// <summary>How elements are in a register.</summary>
    private interface IElement
    {
        /// <summary>How many are in one.</summary>
        static abstract int InWord { get; }

        static abstract float Read(uint word, int index);
    }

    private static void Multiply<TElement>(Warp warp, Instruction* code)
        where TElement : struct, IElement
    {
        if (warp.Active != LaneMask.All)
            throw new KernelFault(DriverError.LaunchFailed, warp.FirstLane, "needs all 32 threads of the warp");
        ref readonly var fragments = ref *(Fragments*)code->List;
        var depth = fragments.Depth;
        var a = stackalloc double[Rows * MaxDepth]; // [row][k]
        var b = stackalloc double[MaxDepth * Columns]; // [k][column]
        var inWord = TElement.InWord;
        var half = 4 * inWord; // how much depth the four lanes of a row hold in one register each
        for (var lane = 0; lane < Warp.Size; lane++)
        {
            var (group, place) = (lane / 4, lane % 4 * inWord);
            for (var word = 0; word < depth / half; word++)
            {
                for (var n = 0; n < inWord; n++)
                {
                    var k = place + n + (word * half);
                    a[(group * MaxDepth) + k] = TElement.Read(warp.Register<uint>(fragments.A[2 * word])[lane], n);
                    a[((group + 8) * MaxDepth) + k] = TElement.Read(warp.Register<uint>(fragments.A[(2 * word) + 1])[lane], n);
                    b[(k * Columns) + group] = TElement.Read(warp.Register<uint>(fragments.B[word])[lane], n);
                }
            }
        }

        var sums = stackalloc double[Rows * Columns];
        for (var row = 0; row < Rows; row++)
        {
            var sum = Vector512<double>.Zero;
            for (var k = 0; k < depth; k++)
            {
                sum = Vector512.FusedMultiplyAdd(
                    Vector512.Create(a[(row * MaxDepth) + k]), Vector512.Load(b + (k * Columns)), sum);
            }

            sum.Store(sums + (row * Columns));
        }

        for (var lane = 0; lane < Warp.Size; lane++)
        {
            for (var n = 0; n < 4; n++)
            {
                var (row, column) = ((lane / 4) + (n / 2 * 8), (lane % 4 * 2) + (n % 2));
                var result = (float)(sums[(row * Columns) + column] + warp.Register<float>(fragments.C[n])[lane]);
                warp.Register<uint>(fragments.D[n])[lane] = float.IsNaN(result)
                    ? 0x7FFFFFFF
                    : BitConverter.SingleToUInt32Bits(result);
            }
        }
    }

    private readonly struct Tf32 : IElement
    {
        public static int InWord => 1;

        public static float Read(uint word, int index) => ShortFloats.Tf32(word);
    }

    private readonly struct Bf16 : IElement
    {
        public static int InWord => 2;

        public static float Read(uint word, int index) => ShortFloats.Bf16(word >> (16 * index) & 0xFFFF);
    }

    private readonly struct Float16 : IElement
    {
        public static int InWord => 2;

        public static float Read(uint word, int index) => (float)BitConverter.UInt16BitsToHalf((ushort)(word >> (16 * index)));
    }
}
