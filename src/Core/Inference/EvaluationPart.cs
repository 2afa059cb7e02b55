namespace GpuLstm.Inference;

/// <summary>Which rows of a file a model is measured on.</summary>
public enum EvaluationPart
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>Those that the model's training left out, of the file that it was trained on.</summary>
    Test,
}
