namespace GpuLstm.Kernels.Operations;

/// <summary>The ways to compute a weight gradient: see <see cref="WeightGradient"/>.</summary>
public enum WeightGradientForm
{
    /// <summary>For few units and columns: a thread one of each, and some of the positions.</summary>
    Narrow,

    /// <summary>A group a tile, inputs in shared memory.</summary>
    Tiled,

    /// <summary>The same on tensor cores, in float32: three products of tf32 for each.</summary>
    TensorSplit,

    /// <summary>The same on tensor cores, operands rounded to tf32.</summary>
    TensorTf32,

    /// <summary>The same on tensor cores, operands rounded to bfloat16.</summary>
    TensorBFloat16,

    /// <summary>For a processor: a thread a unit, in loops over the columns.</summary>
    Serial,
}
