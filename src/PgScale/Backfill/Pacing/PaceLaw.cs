using System.Collections.Immutable;

namespace PgScale.Backfill.Pacing;

/// <summary>From looks at signals to a share of time: additive increase, multiplicative decrease. See docs/decisions/0031.</summary>
/// <remarks>
/// The law of Chiu and Jain ("Analysis of the increase and decrease algorithms for congestion avoidance", 1989), which lets processes that
/// know nothing of each other come to equal shares, with a stop at the limit: what is unread or over it starts no batch.
/// </remarks>
internal sealed class PaceLaw
{
    private const double Least = 0.02;
    private const double Step = 0.02;
    private const double Ease = 0.5;
    private const double Near = 0.8;
    private const double Again = 0.7;
    private const double Decrease = 0.7;
    private const double Lower = 0.95;

    private double _duty = PaceDecision.Start.Duty;
    private bool _isHeld;

    internal PaceDecision Look(ImmutableArray<SignalReading> readings)
    {
        var worst = readings.Where(reading => reading.Pressure > Ease || reading.IsCritical).MaxBy(reading => (reading.IsCritical, reading.Pressure));
        var pressure = readings.Where(reading => !reading.IsGate).Select(reading => reading.Pressure).DefaultIfEmpty(0).Max();
        var isShut = readings.Any(reading => reading.IsGate && reading.Pressure > 1);
        var wasHeld = _isHeld;
        _isHeld = pressure > (wasHeld ? Again : 1);
        _duty = Next(pressure, wasHeld);
        var limits = worst is not null && (_isHeld || isShut || worst.Pressure >= Near || _duty < 1);
        return new(_duty, _isHeld || isShut, limits ? worst!.Name : "", limits ? worst!.Text : "")
        {
            IsCritical = readings.Any(reading => reading.IsCritical && reading.Pressure > 1),
        };
    }

    private double Next(double pressure, bool wasHeld) => pressure switch
    {
        > 1 => wasHeld ? _duty : Math.Max(Least, _duty * Decrease), // once for each stop
        _ when _isHeld => _duty,
        > Near => Math.Max(Least, _duty * Lower),
        > Ease => _duty,
        _ => Math.Min(1, _duty + Step),
    };
}
