using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

/// <summary>A probe whose answers a test gives: at once, late, or never.</summary>
internal sealed class PaperProbe(ManualTimeProvider clock) : INodeProbe
{
    private readonly Lock _lock = new();
    private readonly List<Question> _questions = [];

    private TaskCompletionSource? _holding;
    private int _open;

    internal Func<NodeFacts> Answer { get; set; } = () => PaperCluster.Primary(100);

    internal bool IsDisposed { get; private set; }

    /// <summary>Most questions that were open at one time.</summary>
    internal int MostAtOnce { get; private set; }

    internal IReadOnlyList<Question> Questions
    {
        get
        {
            lock (_lock)
            {
                return [.. _questions];
            }
        }
    }

    /// <summary>How many questions for facts were asked.</summary>
    internal int Probes => Questions.Count(question => question.WantsFacts);

    /// <summary>From now on nobody answers, until <see cref="Resume"/>.</summary>
    internal void Hold()
    {
        lock (_lock)
        {
            _holding ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    internal void Resume()
    {
        TaskCompletionSource? holding;
        lock (_lock)
        {
            (holding, _holding) = (_holding, null);
        }

        holding?.TrySetResult();
    }

    public async Task<NodeFacts> AskAsync(CancellationToken cancellationToken)
    {
        await ReceiveAsync(wantsFacts: true, cancellationToken);
        return Answer();
    }

    public async Task HeartbeatAsync(CancellationToken cancellationToken)
    {
        await ReceiveAsync(wantsFacts: false, cancellationToken);
        _ = Answer();
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private async Task ReceiveAsync(bool wantsFacts, CancellationToken cancellationToken)
    {
        Task answer;
        lock (_lock)
        {
            _questions.Add(new(clock.GetTimestamp(), wantsFacts));
            MostAtOnce = Math.Max(MostAtOnce, ++_open);
            answer = _holding?.Task ?? Task.CompletedTask;
        }

        try
        {
            await answer.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _open--;
            }
        }
    }

    internal sealed record Question(long At, bool WantsFacts);
}
