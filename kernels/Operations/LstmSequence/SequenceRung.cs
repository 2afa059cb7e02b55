namespace GpuLstm.Kernels.Operations;

/// <summary>The ways to take a batch through its steps: see <see cref="LstmSequence"/>.</summary>
public enum SequenceRung
{
    /// <summary>One hidden unit, a thread a row.</summary>
    Row,

    /// <summary>A group a few rows, the recurrent weights in registers.</summary>
    Tile,

    /// <summary>A launch a step.</summary>
    Step,

    /// <summary>A launch a step on tensor cores, in float32: three products of tf32 for each.</summary>
    TensorSplit,

    /// <summary>A launch a step on tensor cores, operands rounded to tf32.</summary>
    TensorTf32,

    /// <summary>A launch a step on tensor cores, operands rounded to bfloat16.</summary>
    TensorBFloat16,

    /// <summary><see cref="TensorSplit"/> in wide tiles, for many rows.</summary>
    TensorSplitWide,

    /// <summary><see cref="TensorTf32"/> in wide tiles.</summary>
    TensorTf32Wide,

    /// <summary><see cref="TensorBFloat16"/> in wide tiles.</summary>
    TensorBFloat16Wide,

    /// <summary>For few units on a processor: a thread sixteen rows, in loops over them.</summary>
    Lanes,

    /// <summary>For more units on a processor: a thread two rows, in strips of sixteen units.</summary>
    Serial,
}
