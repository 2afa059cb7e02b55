namespace GpuLstm.Kernels.Operations;

/// <summary>A number that a rule of training has, and that a user may choose.</summary>
/// <param name="Name">As a property of JSON has it, for example <c>weightDecay</c>.</param>
/// <param name="Default">Its value where none is chosen.</param>
/// <param name="Min">The least that it may be.</param>
/// <param name="Max">The most that it may be.</param>
/// <param name="Description">What it is, in a few words.</param>
public sealed record Hyperparameter(string Name, double Default, double Min, double Max, string Description);
