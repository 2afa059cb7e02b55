namespace GpuLstm.Benchmarking;

/// <summary>How long a step of one shape takes.</summary>
/// <param name="Shape">What was measured.</param>
/// <param name="Accelerator">cuda, opencl, cpu or simulator.</param>
/// <param name="Device">The device's own name.</param>
/// <param name="MedianMs">The median of the bursts' milliseconds a step.</param>
/// <param name="BestMs">The least of them.</param>
/// <param name="MeasuredSteps">Steps in all bursts, without the warm-up.</param>
public sealed record StepTiming(
    BenchmarkShape Shape, string Accelerator, string Device, double MedianMs, double BestMs, long MeasuredSteps);
