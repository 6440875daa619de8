using System.Collections.Concurrent;

namespace PgScale.Caching.Redis;

/// <summary>What this process hears from the others through Redis, and whom a removal has to wait for.</summary>
/// <remarks>
/// A member is a process whose heartbeat was heard: its lease ends at the latest one lease after that. A removal has reached
/// everybody when each member has acknowledged it or its lease has run out: then it either dropped its entries, or trusts none of
/// them until a heartbeat has come back to it, and of what it held before not even then. Whom to wait for is known only while this
/// process' own lease lives: it then heard every heartbeat since it was told whose leases lived.
/// </remarks>
internal sealed class Fleet(string id, IFleetListener listener, KeySignals signals, CacheClock clock)
{
    /// <summary>Stands for whoever had a lease when Redis began to note who has one.</summary>
    internal const string Unknown = "?";

    private readonly ConcurrentDictionary<string, long> _members = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, FleetRemoval> _removals = new();

    private long _sequence;
    private TaskCompletionSource<char> _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal string Id => id;

    /// <summary>Processes that were heard within a lease, this one among them.</summary>
    internal int Members => _members.Count(member => clock.Now < member.Value && !string.Equals(member.Key, Unknown, StringComparison.Ordinal));

    /// <summary>Processes that are remembered, heard lately or not.</summary>
    internal int Remembered => _members.Count;

    /// <summary>Sends an acknowledgement to a process; set once there is a connection.</summary>
    internal Action<string, string> Send { get; set; } = static (_, _) => { };

    /// <summary>A heartbeat of this process came back; says when it was sent.</summary>
    internal Action<long> Returned { get; set; } = static _ => { };

    /// <summary>Whether this process knows whom a removal has to wait for.</summary>
    internal Func<bool> Knows { get; set; } = static () => true;

    /// <summary>A process whose lease lives, as Redis noted.</summary>
    internal void Learn(string member, long milliseconds)
    {
        var until = clock.Now + milliseconds + CacheClock.Coarseness;
        _members.AddOrUpdate(member, static (_, until) => until, static (_, known, until) => Math.Max(known, until), until);
    }

    internal FleetRemoval Begin()
    {
        var removal = new FleetRemoval(Interlocked.Increment(ref _sequence));
        _removals[removal.Sequence] = removal;
        return removal;
    }

    internal void End(FleetRemoval removal) => _removals.TryRemove(removal.Sequence, out _);

    /// <summary>Lets removals go on that wait for members who have fallen silent.</summary>
    internal void ReleaseLapsed(FleetRemoval removal) => removal.Release(HasLapsed);

    /// <summary>The kind of this process' next heartbeat that comes back. Ask before sending it.</summary>
    internal Task<char> NextReturn() => Volatile.Read(ref _heard).Task;

    /// <summary>Takes a message, in the order in which Redis sent them.</summary>
    internal void Handle(string message)
    {
        if (message.Length == 0)
        {
            return;
        }

        if (FleetMessage.ReadSignal(message[0]) is var signal && signal != KeySignal.None)
        {
            signals.Tell(message[1..], signal);
        }
        else if (message.Length > FleetMessage.IdLength)
        {
            HandleFrom(message.Substring(1, FleetMessage.IdLength), message);
        }
    }

    private void HandleFrom(string sender, string message)
    {
        const int Body = 1 + FleetMessage.IdLength;
        switch (message[0])
        {
            case FleetMessage.Beat:
                Learn(sender, FleetMessage.ReadNumber(message, Body + FleetMessage.NumberLength));
                HandleOwn(sender, message);
                break;
            case FleetMessage.Probe:
                HandleOwn(sender, message);
                break;
            case FleetMessage.Goodbye:
                _members.TryRemove(sender, out _);
                break;
            case FleetMessage.Acknowledgement:
                if (_removals.TryGetValue(FleetMessage.ReadNumber(message, Body), out var acknowledged))
                {
                    acknowledged.Acknowledged(sender);
                }

                break;
            case FleetMessage.Removal or FleetMessage.TagRemoval:
                HandleRemoval(sender, message);
                break;
        }
    }

    private void HandleOwn(string sender, string message)
    {
        if (!string.Equals(sender, id, StringComparison.Ordinal))
        {
            return;
        }

        if (message[0] == FleetMessage.Beat)
        {
            Sweep();
            Returned(FleetMessage.ReadNumber(message, 1 + FleetMessage.IdLength));
        }

        Interlocked.Exchange(ref _heard, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult(message[0]);
    }

    private void HandleRemoval(string sender, string message)
    {
        const int Sequence = 1 + FleetMessage.IdLength;
        const int Stamp = Sequence + FleetMessage.NumberLength;
        const int Token = Stamp + FleetMessage.NumberLength;
        const int Name = Token + TokenText.Length;
        var token = TokenText.Read(message.AsSpan(Token, TokenText.Length).TrimEnd());
        var stamp = FleetMessage.ReadNumber(message, Stamp);
        if (message[0] == FleetMessage.Removal)
        {
            listener.Removed(message[Name..], stamp, token);
        }
        else
        {
            listener.TagRemoved(message[Name..], stamp, token);
        }

        if (FleetMessage.ReadNumber(message, Sequence) is var sequence and > 0)
        {
            Answer(sender, sequence);
        }
    }

    private void Answer(string sender, long sequence)
    {
        if (!string.Equals(sender, id, StringComparison.Ordinal))
        {
            Send(sender, FleetMessage.OfAcknowledgement(id, sequence));
        }
        else if (Knows() && _removals.TryGetValue(sequence, out var removal))
        {
            Sweep();
            removal.Heard(_members.Keys.Where(member => !string.Equals(member, id, StringComparison.Ordinal)));
        }
    }

    private bool HasLapsed(string member) => !_members.TryGetValue(member, out var until) || clock.Now > until;

    private void Sweep()
    {
        foreach (var member in _members)
        {
            if (clock.Now > member.Value)
            {
                _members.TryRemove(member);
            }
        }
    }
}
