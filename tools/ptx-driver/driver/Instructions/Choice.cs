namespace GpuLstm.PtxDriver.Instructions;

/// <summary>A handler, or none, as a value that a switch and a generic method can give.</summary>
internal readonly unsafe struct Choice(Handler handler)
{
    /// <summary>The handler; null: there is none that fits.</summary>
    public Handler Handler { get; } = handler;
}
