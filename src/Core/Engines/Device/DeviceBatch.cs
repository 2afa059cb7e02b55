using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>One batch of a data set on a device.</summary>
/// <param name="Set">The data set.</param>
/// <param name="Index">The batch's number, from 0.</param>
internal readonly record struct DeviceBatch(DeviceBatches Set, int Index)
{
    /// <summary>Its first row's place in <see cref="DeviceBatches.BatchRows"/>.</summary>
    public int First => Set.First(Index);

    /// <summary>Where each row stood in the batch, before they were sorted by length [B].</summary>
    public ArrayView<int> Places => Set.Places.SubView(First, Rows);

    /// <summary>Rows of a batch B.</summary>
    public int Rows => Set.RowsIn(Index);

    /// <summary>T: the steps of the longest row.</summary>
    public int Steps => Set.StepsIn(Index);

    /// <summary>Steps of all rows: the positions that run.</summary>
    public int Running => Set.RunningIn(Index);

    /// <summary>T B.</summary>
    public int Positions => Steps * Rows;
}
