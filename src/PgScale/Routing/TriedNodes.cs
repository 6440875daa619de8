namespace PgScale.Routing;

/// <summary>The nodes that a read has been to already: a few at most.</summary>
internal struct TriedNodes
{
    private NodeLane? _first;
    private NodeLane? _second;
    private List<NodeLane>? _more;

    internal void Add(NodeLane lane)
    {
        if (_first is null)
        {
            _first = lane;
        }
        else if (_second is null)
        {
            _second = lane;
        }
        else
        {
            (_more ??= []).Add(lane);
        }
    }

    internal readonly bool Contains(NodeLane lane) =>
        ReferenceEquals(lane, _first) || ReferenceEquals(lane, _second) || _more?.Contains(lane) == true;
}
