using System.Numerics;
using System.Runtime.Intrinsics;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>An operation on one register, a vector of lanes at a time.</summary>
internal interface IUnary
{
    static abstract Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged;
}

/// <summary>An operation on two registers, a vector of lanes at a time.</summary>
internal interface IBinary
{
    static abstract Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged;
}

/// <summary>An operation on three registers, a vector of lanes at a time.</summary>
internal interface ITernary
{
    static abstract Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged;
}

/// <summary>An operation of whole numbers on one register, a lane at a time.</summary>
internal interface ILaneUnary
{
    static abstract T Apply<T>(T a)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>An operation of whole numbers on two registers, a lane at a time.</summary>
internal interface ILaneBinary
{
    static abstract T Apply<T>(T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>A function of float32, a lane at a time.</summary>
internal interface IFunction
{
    static abstract float Apply(float a);
}

/// <summary>A relation of two registers: all bits of an element where it holds.</summary>
internal interface IRelation
{
    static abstract Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged;
}
