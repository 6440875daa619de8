namespace PgScale.Buffering.Flushing;

/// <summary>Hands refused rows to the user.</summary>
internal sealed class DeadLetterDelegate(Func<DeadLetter, CancellationToken, ValueTask> keep) : DeadLetterTarget
{
    internal override ValueTask KeepAsync(DeadLetter letter, CancellationToken cancellationToken) => keep(letter, cancellationToken);
}
