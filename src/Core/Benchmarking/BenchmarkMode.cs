namespace GpuLstm.Benchmarking;

/// <summary>Which work is measured.</summary>
public enum BenchmarkMode
{
    /// <summary>Forward, backward through time, Adam.</summary>
    Training,

    /// <summary>Forward alone, with the logits copied back.</summary>
    Inference,
}
