namespace GpuLstm.Options;

/// <summary>Which hidden state the classifier's head reads.</summary>
public enum Readout
{
    /// <summary>
    /// The hidden state at the last of the <see cref="ModelOptions.MaxLength"/> steps, padding included, as in the article.
    /// </summary>
    LastStep,

    /// <summary>The hidden state at each row's last real token; the padding behind it is never computed.</summary>
    LastToken,
}
