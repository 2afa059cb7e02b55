using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>A piece of work that has been recorded, with a copy of its arguments.</summary>
/// <param name="Run">Does it.</param>
internal sealed record GraphNode(Func<DriverError> Run);

/// <summary>What has been recorded: in the order of the stream, each piece after the one before.</summary>
internal sealed record DriverGraph(IReadOnlyList<GraphNode> Nodes);

/// <summary>A graph that can be launched.</summary>
internal sealed record ExecutableGraph(IReadOnlyList<GraphNode> Nodes);
