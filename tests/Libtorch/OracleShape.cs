using GpuLstm.Options;

namespace GpuLstm.Tests.Libtorch;

/// <summary>Sizes at which everything is compared with libtorch.</summary>
/// <param name="Hidden">Hidden units H.</param>
/// <param name="Batch">Rows of a batch B.</param>
/// <param name="Steps">Steps T.</param>
/// <param name="Embedding">Width of an embedding row E.</param>
public sealed record OracleShape(int Hidden, int Batch, int Steps, int Embedding)
{
    private const int VocabularySize = 30;

    /// <summary>How many classes C.</summary>
    public int Classes { get; init; } = 2;

    /// <summary>LSTM layers.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether they run in both directions.</summary>
    public bool IsBidirectional { get; init; }

    /// <summary>What the head reads.</summary>
    public Readout Readout { get; init; } = Readout.Last;

    private static readonly int[] HiddenSizes = [1, 3, 16, 64, 130];
    private static readonly int[] Batches = [1, 5, 32, 33];
    private static readonly int[] StepCounts = [1, 2, 17, 200];
    private static readonly int[] EmbeddingSizes = [1, 16, 50];

    /// <summary>
    /// Twenty shapes in which every pair of values of two sizes occurs, of the ways to pair them one with little work: many units
    /// have few rows or steps.
    /// </summary>
    public static IReadOnlyList<OracleShape> Table { get; } =
    [
        .. from h in Enumerable.Range(0, HiddenSizes.Length)
           from b in Enumerable.Range(0, Batches.Length)
           select new OracleShape(
               HiddenSizes[h], Batches[b], StepCounts[(h + b + 3) % StepCounts.Length],
               EmbeddingSizes[(h + 2 * b) % EmbeddingSizes.Length]),
    ];

    /// <summary>
    /// Layers and directions: one of each more than one, both, and the most layers. Not with two rows, which cancel where they
    /// are nearly alike and of opposite labels; rows of eight layers are so alike that their number must be odd.
    /// </summary>
    public static IReadOnlyList<OracleShape> Stacks { get; } =
    [
        new(1, 3, 17, 2) { IsBidirectional = true },
        new(5, 4, 17, 3) { IsBidirectional = true },
        new(5, 4, 17, 3) { Layers = 2 },
        new(1, 5, 9, 4) { Layers = 3 },
        new(1, 5, 9, 1) { Layers = 2, IsBidirectional = true },
        new(3, 4, 6, 2) { Layers = 2, IsBidirectional = true, Classes = 3 },
        new(9, 33, 5, 4) { Layers = 3, IsBidirectional = true },
        new(16, 5, 30, 16) { Layers = 2, IsBidirectional = true },
        new(12, 7, 3, 5) { Layers = 8, IsBidirectional = true },
        new(64, 6, 4, 5) { Layers = 2, IsBidirectional = true },
        new(130, 3, 3, 4) { Layers = 2, IsBidirectional = true },
    ];

    /// <summary>
    /// Every readout but the last state, of one layer and of several. With few rows and many units the gradient of an attention's
    /// weights is what is left of terms that cancel.
    /// </summary>
    public static IReadOnlyList<OracleShape> Readouts { get; } =
    [
        .. from readout in Enum.GetValues<Readout>()
           where readout != Readout.Last
           from shape in (OracleShape[])
           [
               new(3, 4, 7, 3), new(1, 3, 9, 2), new(9, 33, 5, 4) { IsBidirectional = true, Classes = 3 },
               new(16, 5, 20, 6) { Layers = 2, IsBidirectional = true }, new(130, 8, 5, 4) { Layers = 2 },
           ]
           select shape with { Readout = readout },
    ];

    /// <summary>Five of them, of little work, in which every size occurs.</summary>
    public static IReadOnlyList<OracleShape> ShortSet { get; } =
    [
        new(1, 1, 200, 1), new(3, 32, 17, 50), new(16, 5, 17, 16), new(64, 33, 2, 1), new(130, 5, 1, 1),
    ];

    /// <summary>Steps of a unit, of all rows, layers and directions.</summary>
    public int Units => Batch * Steps * Hidden * Layers * (IsBidirectional ? 2 : 1);

    /// <summary>The model of this shape.</summary>
    public ModelOptions Model(TextLengths lengths) =>
        new(VocabularySize, Embedding, Hidden, Steps, lengths)
        {
            Classes = Classes,
            Layers = Layers,
            IsBidirectional = IsBidirectional,
            Readout = Readout,
        };

    public override string ToString() =>
        $"H={Hidden} B={Batch} T={Steps} E={Embedding} C={Classes} layers={Layers}{(IsBidirectional ? " bidirectional" : "")}"
        + (Readout == Readout.Last ? "" : $" {Readout}");
}
