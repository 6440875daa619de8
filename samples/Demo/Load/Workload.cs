using System.Collections.Concurrent;
using PgScale.Cluster;
using PgScale.Samples.Demo.Chat;

namespace PgScale.Samples.Demo.Load;

/// <summary>A few people chatting: some only read, some write, some read what was just written and check that they see it.</summary>
internal sealed class Workload(ChatService chat, TimeProvider time) : IAsyncDisposable
{
    private const int Readers = 4;
    private const int Writers = 2;
    private const int Checkers = 2;
    private const int RecentMessages = 200; // two to three seconds' worth: some on the primary only, most replayed everywhere

    private static readonly TimeSpan ReadPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan WritePause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<SentMessage> _sent = new();
    private readonly ConcurrentQueue<SentMessage> _recent = new();
    private readonly CancellationTokenSource _stopping = new();

    private Task[] _people = [];
    private Tally _tally = new(time);

    /// <summary>What happened since the last <see cref="StartTally"/>.</summary>
    public Tally Tally => Volatile.Read(ref _tally);

    /// <summary>All messages that were confirmed, since the start.</summary>
    public IReadOnlyCollection<SentMessage> Sent => _sent;

    public void Start() => _people =
    [
        .. Enumerable.Range(0, Readers).Select(_ => RepeatAsync(ReadAsync, ReadPause)),
        .. Enumerable.Range(0, Writers).Select(_ => RepeatAsync(WriteAsync, WritePause)),
        .. Enumerable.Range(0, Checkers).Select(_ => RepeatAsync(ReadOwnWriteAsync, ReadPause)),
    ];

    /// <summary>Begins to count anew and returns the new counter.</summary>
    public Tally StartTally()
    {
        var tally = new Tally(time);
        Volatile.Write(ref _tally, tally);
        return tally;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await _stopping.CancelAsync();
            await Task.WhenAll(_people);
            _stopping.Dispose();
        }
    }

    private async Task RepeatAsync(Func<CancellationToken, Task> act, TimeSpan pause)
    {
        try
        {
            while (true)
            {
                await act(_stopping.Token);
                await Task.Delay(pause, time, _stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The demo ends.
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        try
        {
            var read = await chat.ReadLatestAsync(AnyConversation(), ConsistencyToken.None, cancellationToken);
            Tally.AddRead(read, time.GetElapsedTime(startedAt));
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            Tally.AddFailedRead();
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var message = new ChatMessage(
            AnyConversation(), Guid.CreateVersion7(time.GetUtcNow()), Random.Shared.Next(ChatData.Users) + 1, ChatWords.Message(Random.Shared));
        try
        {
            var write = await chat.SendAsync(message, cancellationToken);
            Tally.AddWrite(write);
            Remember(new(message, write.Token));
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            Tally.AddFailedWrite();
        }
    }

    private async Task ReadOwnWriteAsync(CancellationToken cancellationToken)
    {
        if (_recent.ToArray() is not [_, ..] recent)
        {
            return;
        }

        var (message, token) = Random.Shared.Next(2) == 0 ? recent[^1] : Random.Shared.GetItems(recent, 1)[0];
        var startedAt = time.GetTimestamp();
        try
        {
            var read = await chat.ReadLatestAsync(message.ConversationId, token, cancellationToken);
            Tally.AddTokenRead(read, time.GetElapsedTime(startedAt), read.Value.Exists(seen => seen.Id == message.Id));
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            Tally.AddFailedRead();
        }
    }

    private void Remember(SentMessage sent)
    {
        _sent.Enqueue(sent);
        _recent.Enqueue(sent);
        while (_recent.Count > RecentMessages)
        {
            _recent.TryDequeue(out _);
        }
    }

    private static long AnyConversation() => Random.Shared.Next(ChatData.Conversations) + 1;
}
