namespace GpuLstm.Options;

/// <summary>When a training writes checkpoints; one always comes after an epoch. No bit of the model depends on it.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Steps between two checkpoints within an epoch; null for none there.</summary>
    public int? CheckpointEvery { get; init; }

    /// <summary>Whether the state of the training goes at its end, so that it cannot be made longer later.</summary>
    public bool DropState { get; init; }

    /// <summary>Rejects what is out of range.</summary>
    /// <exception cref="UserErrorException">The message names the property.</exception>
    public void Check() => Setting.CheckpointEvery.RequireInRange(CheckpointEvery ?? 1, 1, int.MaxValue);
}
