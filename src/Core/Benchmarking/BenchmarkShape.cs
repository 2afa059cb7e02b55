using System.Globalization;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Options;

namespace GpuLstm.Benchmarking;

/// <summary>What one measurement is of.</summary>
/// <param name="Hidden">Hidden units H.</param>
/// <param name="Batch">Rows of a batch B.</param>
/// <param name="Steps">Steps T.</param>
/// <param name="Lengths">How long the rows are.</param>
/// <param name="Mode">Training or inference.</param>
/// <param name="Precision">Of the large products.</param>
public sealed record BenchmarkShape(int Hidden, int Batch, int Steps, RowLengths Lengths, BenchmarkMode Mode, Precision Precision)
{
    /// <summary>Reads the six words of a line, as in <c>64 32 200 fixed training float32</c>.</summary>
    /// <exception cref="UserErrorException">The line is none of that.</exception>
    public static BenchmarkShape Parse(string line)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 6
            && Number(words[0], out var hidden)
            && Number(words[1], out var batch)
            && Number(words[2], out var steps)
            && Word<RowLengths>(words[3], out var lengths)
            && Word<BenchmarkMode>(words[4], out var mode)
            && PrecisionNames.All.TryGetValue(words[5], out var precision))
        {
            return new BenchmarkShape(hidden, batch, steps, lengths, mode, precision);
        }

        throw new UserErrorException(
            $"'{line}' is not a shape; give hidden, batch, steps, fixed|varied, training|inference, float32|tf32|bf16, as in: "
            + $"64 32 200 fixed training float32");

        static bool Number(string word, out int value) =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out value);

        // Enum.TryParse takes numbers too.
        static bool Word<T>(string word, out T value)
            where T : struct, Enum => Enum.TryParse(word, ignoreCase: true, out value) && char.IsLetter(word[0]);
    }

    /// <summary>Rejects sizes that nothing here is made for.</summary>
    /// <exception cref="UserErrorException">The message names the property.</exception>
    public void Check()
    {
        Setting.Hidden.RequireInRange(Hidden, 1, 4_096);
        Setting.Batch.RequireInRange(Batch, 1, 65_536);
        Setting.Steps.RequireInRange(Steps, 1, 65_536);
    }
}
