namespace GpuLstm.Data;

/// <summary>
/// Finds texts that are the same or nearly so. Near ones are found by MinHash (A. Broder, 1997): two sets have the same smallest
/// hash with a probability of their Jaccard similarity. In each of sixteen bands texts with four such hashes in common are
/// compared, which finds 99 of 100 pairs of similarity 0.7.
/// </summary>
internal sealed class DuplicateSearch
{
    private const int Bands = 16;
    private const int HashesOfBand = 4;
    private const int MaxCompared = 20; // of the texts with the same hashes before: there may be a million
    private const int CharactersOfShingle = 5;
    private const int OtherTest = 1;
    private const int OtherTraining = 2;

    private readonly EncodedTexts texts;
    private readonly TrainTestSplit split;
    private readonly int width;
    private readonly int[] rows; // the first row of each text
    private readonly int[] textOf; // of each row of the texts, its number in rows; -1 outside the split
    private readonly bool[] isTrained; // whether a training row has this text
    private readonly int[] near; // whether nearly the same text is in one of the parts

    private DuplicateSearch(EncodedTexts texts, TrainTestSplit split, TokenKind kind)
    {
        (this.texts, this.split) = (texts, split);
        width = kind == TokenKind.Word ? 1 : CharactersOfShingle;
        var numbers = new Dictionary<ulong, int>();
        var first = new List<int>();
        textOf = new int[texts.Count];
        Array.Fill(textOf, -1);
        foreach (var row in split.Train.Concat(split.Test))
        {
            var hash = Hash(texts.TokensOf(row));
            if (!numbers.TryGetValue(hash, out var number))
            {
                numbers.Add(hash, number = first.Count);
                first.Add(row);
            }

            textOf[row] = number;
        }

        rows = [.. first];
        isTrained = new bool[rows.Length];
        near = new int[rows.Length];
        foreach (var row in split.Train)
            isTrained[textOf[row]] = true;
    }

    /// <summary>Looks through the rows of a split.</summary>
    /// <param name="texts">Their tokens.</param>
    /// <param name="labels">The class of each text [N].</param>
    /// <param name="split">The rows.</param>
    /// <param name="kind">What a token is.</param>
    /// <param name="progress">Is told which share is done, from 0 to 1.</param>
    /// <param name="cancellation">Looked at between bands.</param>
    public static DuplicateReport Run(
        EncodedTexts texts, int[] labels, TrainTestSplit split, TokenKind kind, IProgress<double>? progress,
        CancellationToken cancellation)
    {
        var search = new DuplicateSearch(texts, split, kind);
        for (var band = 0; band < Bands; band++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report((double)band / Bands);
            search.LookThrough(band);
        }

        return search.Report(labels);
    }

    private void LookThrough(int band)
    {
        var (keys, numbers) = (new ulong[rows.Length], Enumerable.Range(0, rows.Length).ToArray());
        Parallel.For(0, rows.Length, n => keys[n] = Key(texts.TokensOf(rows[n]), band));
        Array.Sort(keys, numbers);
        // Marks are only ever set, so that their order does not matter.
        Parallel.For(
            0, numbers.Length, () => new Comparison(this), (n, _, comparison) => CompareWithSome(n, comparison), _ => { });

        Comparison CompareWithSome(int n, Comparison comparison)
        {
            for (var other = n - 1; other >= Math.Max(0, n - MaxCompared) && keys[other] == keys[n]; other--)
                Compare(numbers[n], numbers[other], comparison);
            return comparison;
        }
    }

    private void Compare(int a, int b, Comparison comparison)
    {
        var (ofA, ofB) = (MarkOf(a), MarkOf(b));
        if (((near[a] & ofB) != 0 && (near[b] & ofA) != 0)
            || comparison.SimilarityOf(rows[a], rows[b]) < DuplicateReport.Similarity)
        {
            return;
        }

        Interlocked.Or(ref near[a], ofB);
        Interlocked.Or(ref near[b], ofA);

        int MarkOf(int text) => isTrained[text] ? OtherTraining : OtherTest;
    }

    private DuplicateReport Report(int[] labels)
    {
        var (copies, nearCopies) = (0, 0);
        var seen = new bool[rows.Length];
        var (label, isContradicted) = (new int[rows.Length], new bool[rows.Length]);
        foreach (var row in split.Train.Concat(split.Test))
        {
            var text = textOf[row];
            copies += seen[text] ? 1 : 0;
            nearCopies += near[text] != 0 ? 1 : 0;
            isContradicted[text] |= seen[text] && label[text] != labels[row];
            (seen[text], label[text]) = (true, labels[row]);
        }

        return new DuplicateReport(
            copies,
            split.Train.Concat(split.Test).Count(row => isContradicted[textOf[row]]),
            nearCopies,
            split.Test.Count(row => isTrained[textOf[row]]),
            split.Test.Count(row => isTrained[textOf[row]] || (near[textOf[row]] & OtherTraining) != 0));
    }

    // A text without a token is nearly the same as none.
    private ulong Key(ReadOnlySpan<int> tokens, int band)
    {
        if (tokens.IsEmpty)
            return ulong.MaxValue;
        Span<ulong> seeds = stackalloc ulong[HashesOfBand], least = stackalloc ulong[HashesOfBand];
        for (var hash = 0; hash < HashesOfBand; hash++)
            (seeds[hash], least[hash]) = (Mix((ulong)(band * HashesOfBand + hash + 1)), ulong.MaxValue);
        for (var n = 0; n < ShinglesOf(tokens); n++)
        {
            var shingle = Shingle(tokens, n);
            for (var hash = 0; hash < HashesOfBand; hash++)
                least[hash] = Math.Min(least[hash], Mix(shingle ^ seeds[hash]));
        }

        var key = 0UL;
        foreach (var hash in least)
            key = Mix(key ^ hash);
        return key;
    }

    private int ShinglesOf(ReadOnlySpan<int> tokens) => tokens.IsEmpty ? 0 : Math.Max(1, tokens.Length - width + 1);

    private ulong Shingle(ReadOnlySpan<int> tokens, int n) =>
        width == 1 ? (ulong)tokens[n] : Hash(tokens.Slice(n, Math.Min(width, tokens.Length)));

    private static ulong Hash(ReadOnlySpan<int> tokens)
    {
        var hash = (ulong)tokens.Length;
        foreach (var token in tokens)
            hash = Mix(hash ^ (ulong)token);
        return hash;
    }

    // The finalizer of SplitMix64 (S. Vigna).
    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    /// <summary>Compares texts as sets, in memory that it uses again.</summary>
    private sealed class Comparison(DuplicateSearch search)
    {
        private readonly List<ulong> first = [];
        private readonly List<ulong> second = [];
        private int rowOfFirst = -1;

        /// <summary>What two texts have in common of all that is in either (Jaccard).</summary>
        public double SimilarityOf(int a, int b)
        {
            if (rowOfFirst != a) // it is compared with several
                Fill(first, rowOfFirst = a);
            Fill(second, b);
            var (common, n, m) = (0, 0, 0);
            while (n < first.Count && m < second.Count)
            {
                var order = first[n].CompareTo(second[m]);
                common += order == 0 ? 1 : 0;
                n += order <= 0 ? 1 : 0;
                m += order >= 0 ? 1 : 0;
            }

            return (double)common / (first.Count + second.Count - common);
        }

        // In order, each once.
        private void Fill(List<ulong> set, int row)
        {
            var tokens = search.texts.TokensOf(row);
            set.Clear();
            for (var n = 0; n < search.ShinglesOf(tokens); n++)
                set.Add(search.Shingle(tokens, n));
            set.Sort();
            var count = 0;
            for (var n = 0; n < set.Count; n++)
            {
                if (n == 0 || set[n] != set[n - 1])
                    set[count++] = set[n];
            }

            set.RemoveRange(count, set.Count - count);
        }
    }
}
