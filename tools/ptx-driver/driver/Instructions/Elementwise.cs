using System.Numerics;
using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>Runs <see cref="IUnary"/> over a warp.</summary>
internal static unsafe class Unary<T, TOperation>
    where T : unmanaged
    where TOperation : struct, IUnary
{
    public static void Run(Warp warp, Instruction* code)
    {
        var d = warp.Register<T>(code->D);
        var a = warp.Register<T>(code->A);
        for (var v = 0; v < Warp.Size / Vector512<T>.Count; v++)
            warp.Store(d, v, TOperation.Apply(Vector512.Load(a + (v * Vector512<T>.Count))));
    }
}

/// <summary>Runs <see cref="IBinary"/> over a warp.</summary>
internal static unsafe class Binary<T, TOperation>
    where T : unmanaged
    where TOperation : struct, IBinary
{
    public static void Run(Warp warp, Instruction* code)
    {
        var d = warp.Register<T>(code->D);
        var a = warp.Register<T>(code->A);
        var b = warp.Register<T>(code->B);
        for (var v = 0; v < Warp.Size / Vector512<T>.Count; v++)
        {
            var at = v * Vector512<T>.Count;
            warp.Store(d, v, TOperation.Apply(Vector512.Load(a + at), Vector512.Load(b + at)));
        }
    }
}

/// <summary>Runs <see cref="ITernary"/> over a warp.</summary>
internal static unsafe class Ternary<T, TOperation>
    where T : unmanaged
    where TOperation : struct, ITernary
{
    public static void Run(Warp warp, Instruction* code)
    {
        var d = warp.Register<T>(code->D);
        var a = warp.Register<T>(code->A);
        var b = warp.Register<T>(code->B);
        var c = warp.Register<T>(code->C);
        for (var v = 0; v < Warp.Size / Vector512<T>.Count; v++)
        {
            var at = v * Vector512<T>.Count;
            warp.Store(d, v, TOperation.Apply(Vector512.Load(a + at), Vector512.Load(b + at), Vector512.Load(c + at)));
        }
    }
}

/// <summary>Runs <see cref="ILaneUnary"/> over a warp.</summary>
internal static unsafe class LaneUnary<T, TOperation>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    where TOperation : struct, ILaneUnary
{
    public static void Run(Warp warp, Instruction* code)
    {
        var d = warp.Register<T>(code->D);
        var a = warp.Register<T>(code->A);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            d[lane] = TOperation.Apply(a[lane]);
        }
    }

    /// <summary>The same with a result of 32 bits.</summary>
    public static void RunToWord(Warp warp, Instruction* code)
    {
        var d = warp.Register<uint>(code->D);
        var a = warp.Register<T>(code->A);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            d[lane] = uint.CreateTruncating(TOperation.Apply(a[lane]));
        }
    }
}

/// <summary>Runs <see cref="ILaneBinary"/> over a warp.</summary>
internal static unsafe class LaneBinary<T, TOperation>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    where TOperation : struct, ILaneBinary
{
    public static void Run(Warp warp, Instruction* code)
    {
        var d = warp.Register<T>(code->D);
        var a = warp.Register<T>(code->A);
        var b = warp.Register<T>(code->B);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            d[lane] = TOperation.Apply(a[lane], b[lane]);
        }
    }

    /// <summary>The same, and a third register is added.</summary>
    public static void RunAndAdd(Warp warp, Instruction* code)
    {
        var d = warp.Register<T>(code->D);
        var a = warp.Register<T>(code->A);
        var b = warp.Register<T>(code->B);
        var c = warp.Register<T>(code->C);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            d[lane] = TOperation.Apply(a[lane], b[lane]) + c[lane];
        }
    }
}

/// <summary>Runs <see cref="IFunction"/> over a warp.</summary>
internal static unsafe class Function<TOperation>
    where TOperation : struct, IFunction
{
    public static void Run(Warp warp, Instruction* code)
    {
        var d = warp.Register<float>(code->D);
        var a = warp.Register<float>(code->A);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            d[lane] = TOperation.Apply(a[lane]);
        }
    }
}
