namespace GpuLstm.Kernels.Primitives;

/// <summary>A size that is known when a kernel is compiled, given as a type argument: <c>default(TSize).Value</c>.</summary>
internal interface ISize
{
    /// <summary>The size.</summary>
    int Value { get; }
}

internal struct Size1 : ISize
{
    public readonly int Value => 1;
}

internal struct Size2 : ISize
{
    public readonly int Value => 2;
}

internal struct Size4 : ISize
{
    public readonly int Value => 4;
}

internal struct Size8 : ISize
{
    public readonly int Value => 8;
}

internal struct Size16 : ISize
{
    public readonly int Value => 16;
}

internal struct Size32 : ISize
{
    public readonly int Value => 32;
}

internal struct Size48 : ISize
{
    public readonly int Value => 48;
}

internal struct Size64 : ISize
{
    public readonly int Value => 64;
}

internal struct Size96 : ISize
{
    public readonly int Value => 96;
}

internal struct Size128 : ISize
{
    public readonly int Value => 128;
}
