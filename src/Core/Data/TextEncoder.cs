using System.Collections.Concurrent;
using System.Text;

namespace GpuLstm.Data;

/// <summary>
/// Turns texts into numbers of tokens as they come, on several threads. The numbers depend on the texts and their order alone:
/// tokens are numbered from 0 in order of appearance.
/// </summary>
internal sealed class TextEncoder : IDisposable
{
    private const int MaxWaiting = 4; // blocks for each thread: what waits takes memory
    private readonly TokenKind kind;
    private readonly CancellationToken cancellation;
    private readonly BlockingCollection<TextBlock> waiting;
    private readonly Task[] helpers;
    private readonly ConcurrentBag<Worker> workers = [];
    private readonly ConcurrentBag<TextBlock> free = [];
    private readonly Worker own;
    private TextBlock block = new();
    private volatile bool isAbandoned;

    /// <param name="kind">What a token is.</param>
    /// <param name="threads">How many threads share the work, that of the caller among them.</param>
    /// <param name="cancellation">Looked at between blocks.</param>
    public TextEncoder(TokenKind kind, int threads, CancellationToken cancellation)
    {
        (this.kind, this.cancellation) = (kind, cancellation);
        waiting = new BlockingCollection<TextBlock>(MaxWaiting * threads);
        own = NewWorker();
        helpers =
        [
            .. Enumerable.Range(1, threads - 1).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    var worker = NewWorker();
                    foreach (var next in waiting.GetConsumingEnumerable(CancellationToken.None))
                    {
                        if (isAbandoned)
                            break;
                        Encode(next, worker);
                    }
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
        ];
    }

    /// <summary>Adds a text.</summary>
    /// <param name="text">In UTF-8.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Add(ReadOnlySpan<byte> text)
    {
        block.Add(text);
        if (block.IsFull)
            Pass();
    }

    /// <summary>Waits for the last texts.</summary>
    /// <param name="tokens">The tokens by number.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public EncodedTexts Complete(out IReadOnlyList<string> tokens)
    {
        Pass();
        waiting.CompleteAdding();
        foreach (var next in waiting.GetConsumingEnumerable(cancellation))
            Encode(next, own);
        Task.WhenAll(helpers).GetAwaiter().GetResult(); // each has a block at most
        return InOrder(out tokens);
    }

    /// <summary>Ends the helpers, also those of an encoding that was not completed.</summary>
    public void Dispose()
    {
        isAbandoned = true;
        waiting.CompleteAdding();
        // What one throws was thrown by Complete, or is no news.
        Task.WhenAll(helpers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        waiting.Dispose();
    }

    private void Pass()
    {
        cancellation.ThrowIfCancellationRequested();
        if (helpers.Length == 0 || !waiting.TryAdd(block)) // they have enough to do
            Encode(block, own);
        block = (free.TryTake(out var used) ? used : new TextBlock()).Begin(block.Number + 1);
    }

    private void Encode(TextBlock texts, Worker worker)
    {
        worker.Encode(texts);
        free.Add(texts);
    }

    private Worker NewWorker()
    {
        var worker = new Worker(kind);
        workers.Add(worker);
        return worker;
    }

    // Which worker got which block is chance, and with it the numbers in it.
    private EncodedTexts InOrder(out IReadOnlyList<string> tokens)
    {
        var all = new TokenIds();
        var blocks = new int[block.Number][];
        var lengths = new List<int>();
        var maps = workers.ToDictionary(worker => worker, worker => Enumerable.Repeat(-1, worker.Tokens.Count).ToArray());
        foreach (var (worker, encoded) in workers.SelectMany(worker => worker.Encoded.Select(encoded => (worker, encoded)))
            .OrderBy(entry => entry.encoded.Number))
        {
            var map = maps[worker];
            foreach (ref var token in encoded.Tokens.AsSpan())
            {
                ref var number = ref map[token];
                if (number < 0)
                    number = all.IdOf(worker.Tokens[token]);
                token = number;
            }

            blocks[encoded.Number] = encoded.Tokens;
            lengths.AddRange(encoded.Lengths);
        }

        tokens = all.Tokens;
        return new EncodedTexts(blocks, [.. lengths]);
    }

    private sealed record EncodedBlock(int Number, int[] Tokens, int[] Lengths);

    private sealed class Worker(TokenKind kind)
    {
        private readonly TokenIds ids = new();
        private char[] characters = [];
        private int[] found = [];

        public IReadOnlyList<string> Tokens => ids.Tokens;

        public List<EncodedBlock> Encoded { get; } = [];

        public void Encode(TextBlock block)
        {
            var lengths = new int[block.Count];
            var count = 0;
            for (var row = 0; row < lengths.Length; row++)
            {
                var bytes = block.TextOf(row);
                if (characters.Length < bytes.Length)
                    characters = new char[2 * bytes.Length];
                if (found.Length - count < bytes.Length)
                    Array.Resize(ref found, 2 * (count + bytes.Length));
                var start = count;
                foreach (var token in Tokenizer.Enumerate(characters.AsSpan(0, Encoding.UTF8.GetChars(bytes, characters)), kind))
                    found[count++] = ids.IdOf(token);
                lengths[row] = count - start;
            }

            Encoded.Add(new EncodedBlock(block.Number, found.AsSpan(0, count).ToArray(), lengths));
        }
    }
}
