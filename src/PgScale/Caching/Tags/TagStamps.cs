using PgScale.Cluster;

namespace PgScale.Caching.Tags;

/// <summary>The tags of an entry as they were when its load began. The first is the one that every entry has.</summary>
internal sealed class TagStamps
{
    private readonly TagState _all;
    private readonly TagRecord _allRecord;
    private readonly TagState[] _states;
    private readonly TagRecord[] _records;

    internal TagStamps(TagState all, TagState[] states)
    {
        (_all, _allRecord, _states) = (all, all.Record, states);
        _records = states.Length == 0 ? [] : Array.ConvertAll(states, static state => state.Record);
    }

    internal int Count => _states.Length + 1;

    internal TagState AllTag => _all;

    internal long AllVersion => _allRecord.Version;

    internal ReadOnlySpan<TagState> Named => _states;

    internal bool AreCurrent => ReferenceEquals(_all.Record, _allRecord) && (_states.Length == 0 || NamedAreCurrent());

    internal (string Name, long Version) this[int index] =>
        index == 0 ? (_all.Name, _allRecord.Version) : (_states[index - 1].Name, _records[index - 1].Version);

    /// <summary>What a load of an entry with these tags must hold.</summary>
    internal ConsistencyToken Token
    {
        get
        {
            var token = _allRecord.Token;
            foreach (var record in _records)
            {
                token = Tokens.Greatest(token, record.Token);
            }

            return token;
        }
    }

    private bool NamedAreCurrent()
    {
        for (var index = 0; index < _states.Length; index++)
        {
            if (!ReferenceEquals(_states[index].Record, _records[index]))
            {
                return false;
            }
        }

        return true;
    }
}
