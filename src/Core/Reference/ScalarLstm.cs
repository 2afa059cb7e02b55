namespace GpuLstm.Reference;

/// <summary>
/// The article's LSTM cell on scalars: the three gates one after another. These are the equations of a standard LSTM
/// with hidden size 1.
/// </summary>
/// <param name="Forget">Changes the long-term memory first.</param>
/// <param name="Input">Then adds to it.</param>
/// <param name="Output">Then makes the short-term memory of it.</param>
public sealed record ScalarLstmCell(ForgetGate Forget, InputGate Input, OutputGate Output)
{
    /// <summary>One step; both gates that change the long-term memory see the short-term memory of before.</summary>
    /// <returns>Long-term and short-term memory after the step.</returns>
    public (double LongTerm, double ShortTerm) Step(double x, double longTerm, double shortTerm)
    {
        longTerm = Forget.Apply(x, longTerm, shortTerm);
        longTerm = Input.Apply(x, longTerm, shortTerm);
        return (longTerm, Output.Apply(x, longTerm, shortTerm));
    }
}

/// <summary>The article's LSTM over a sequence; returns the short-term memory of every step.</summary>
/// <param name="cell">The gates.</param>
/// <param name="keepState">True: a call goes on where the last one ended, as in the article. False: each begins at zero.</param>
public sealed class ScalarLstmSequence(ScalarLstmCell cell, bool keepState = false)
{
    /// <summary>Long-term memory c after the last step.</summary>
    public double LongTerm { get; private set; }

    /// <summary>Short-term memory h after the last step.</summary>
    public double ShortTerm { get; private set; }

    /// <summary>Runs a sequence [T].</summary>
    /// <returns>h of every step [T].</returns>
    public double[] Run(IEnumerable<double> inputs)
    {
        if (!keepState)
            (LongTerm, ShortTerm) = (0, 0);
        var outputs = new List<double>();
        foreach (var x in inputs)
        {
            (LongTerm, ShortTerm) = cell.Step(x, LongTerm, ShortTerm);
            outputs.Add(ShortTerm);
        }

        return [.. outputs];
    }
}
