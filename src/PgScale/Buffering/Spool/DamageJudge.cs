namespace PgScale.Buffering.Spool;

/// <summary>
/// Decides what a loss is. Records that were done with are none. What had not reached the disk when the machine stopped was never
/// promised to outlive it. All else is damage, and for the user to decide.
/// </summary>
internal sealed class DamageJudge(SpoolSettings settings, SegmentMarks marks, bool machineStopped)
{
    private readonly HashSet<string> _setAside = [];

    internal void Judge(SpoolLoss loss, long sound)
    {
        if (loss.Count > 0 && loss.Last <= marks.Released)
        {
            return;
        }

        if (machineStopped && loss.First > marks.Durable)
        {
            if (loss.Count > 0)
            {
                SpoolMessages.LostUnwritten(settings.Logger, settings.Directory, loss.First, loss.Last);
            }

            return;
        }

        if (settings.OnDamage == SpoolDamagePolicy.Refuse)
        {
            throw Refusal(loss, sound);
        }

        SetAside(loss.Path);
        SpoolMessages.DamageSetAside(settings.Logger, settings.Directory, loss.First, loss.Last, Path.GetFileName(loss.Path));
    }

    private void SetAside(string path)
    {
        if (_setAside.Add(path))
        {
            File.Copy(path, path + SpoolFiles.DamagedEnding, overwrite: true);
        }
    }

    private SpoolException Refusal(SpoolLoss loss, long sound)
    {
        var what = loss.Count > 0
            ? $"records {loss.First} to {loss.Last} cannot be read, and {sound - loss.SoundBefore} records follow them"
            : "its header cannot be read, and with it what was done already";
        return new SpoolException(
            SpoolProblem.Damaged, loss.Path,
            $"The spool file '{loss.Path}' is damaged at byte {loss.Offset}: {what}. Nothing was changed. Bring the file back from a backup, or set "
            + $"{nameof(SpoolSettings.OnDamage)} to {nameof(SpoolDamagePolicy.SetAside)}: a copy of it is then kept as "
            + $"'{Path.GetFileName(loss.Path)}{SpoolFiles.DamagedEnding}' and all records that can be read are used.")
        {
            Offset = loss.Offset,
            LostRecords = Math.Max(0, loss.Count),
        };
    }
}
