using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>Approximate functions of float32: here as good as the processor has them, so better than a device's.</summary>
internal static unsafe class Functions
{
    private static readonly PtxType F32 = PtxType.Find("f32")!;

    public static void AddTo(InstructionSet set)
    {
        set.Add("sin", form => Decode<Sine>(form));
        set.Add("cos", form => Decode<Cosine>(form));
        set.Add("lg2", form => Decode<Logarithm2>(form));
        set.Add("ex2", form => Decode<Exponential2>(form));
        set.Add("rsqrt", form => Decode<ReciprocalRoot>(form));
        set.Add("tanh", form =>
        {
            form.RequireTarget(75);
            Decode<HyperbolicTangent>(form, mayFlush: false);
        });
        set.Add("copysign", form =>
        {
            var type = form.Type("f32", "f64");
            form.Code.Execute = type == F32 ? &LaneBinary<uint, CopySign>.Run : &LaneBinary<ulong, CopySign>.Run;
            form.Code.D = form.Target(type);
            form.Code.A = form.Source(type);
            form.Code.B = form.Source(type);
        });
    }

    private static void Decode<TFunction>(Form form, bool mayFlush = true)
        where TFunction : struct, IFunction
    {
        form.Expect("approx");
        var isFlushed = mayFlush && form.Take("ftz");
        form.Expect("f32");
        Arithmetic.UnaryOperands(form, F32, isFlushed ? &Function<FlushedFunction<TFunction>>.Run : &Function<TFunction>.Run);
    }

    private readonly struct Sine : IFunction
    {
        public static float Apply(float a) => MathF.Sin(a);
    }

    private readonly struct Cosine : IFunction
    {
        public static float Apply(float a) => MathF.Cos(a);
    }

    private readonly struct Logarithm2 : IFunction
    {
        public static float Apply(float a) => (float)Math.Log2(a);
    }

    private readonly struct Exponential2 : IFunction
    {
        public static float Apply(float a) => (float)Math.Pow(2, a);
    }

    private readonly struct ReciprocalRoot : IFunction
    {
        public static float Apply(float a) => (float)(1 / Math.Sqrt(a));
    }

    private readonly struct HyperbolicTangent : IFunction
    {
        public static float Apply(float a) => (float)Math.Tanh(a);
    }

    private readonly struct FlushedFunction<TFunction> : IFunction
        where TFunction : struct, IFunction
    {
        public static float Apply(float a) => Flush(TFunction.Apply(Flush(a)));

        private static float Flush(float value) => float.IsSubnormal(value) ? MathF.CopySign(0, value) : value;
    }

    /// <summary>The sign of the first, the rest of the second.</summary>
    private readonly struct CopySign : ILaneBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T>
        {
            var rest = T.MaxValue >> 1;
            return (a & ~rest) | (b & rest);
        }
    }
}
