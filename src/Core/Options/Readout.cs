namespace GpuLstm.Options;

/// <summary>What the classifier's head reads of the last layer's hidden states h [T, D H]; 0 for a text without steps.</summary>
public enum Readout
{
    /// <summary>The last hidden state of each direction: of the reverse one that of the first token.</summary>
    Last,

    /// <summary>Their mean over the steps.</summary>
    Mean,

    /// <summary>The largest value of each over the steps.</summary>
    Max,

    /// <summary>The mean and the largest value side by side [2 D H].</summary>
    MeanMax,

    /// <summary>
    /// Their sum over the steps, weighted by softmax(w h): <c>attention.weight</c> w is learnt (the score of Bahdanau et al. 2015
    /// without a query).
    /// </summary>
    Attention,
}
