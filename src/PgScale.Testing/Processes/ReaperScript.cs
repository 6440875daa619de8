namespace PgScale.Testing.Processes;

/// <summary>What the reaper's shell runs.</summary>
internal static class ReaperScript
{
    /// <summary>
    /// Processes are found twice: by the ids that were announced, with their children, and (where /proc is) by standing in one of
    /// our folders, which also finds those that were started but not yet announced. Killing comes before deleting, and what a
    /// killed postmaster holds in System V shared memory is named in its lock file.
    /// </summary>
    public const string Text = """
        trap '' INT TERM HUP
        pids=' '
        dirs=
        while IFS= read -r line; do
          value=${line#* }
          case $line in
            'pid '*) pids="$pids$value " ;;
            'done '*) case $pids in *" $value "*) pids="${pids%% $value *} ${pids#* $value }" ;; esac ;;
            'dir '*) dirs="$dirs$value
        " ;;
            'gone '*) dirs=$(printf '%s' "$dirs" | grep -vxF "$value")
        [ -z "$dirs" ] || dirs="$dirs
        " ;;
          esac
        done

        children() {
          if [ -r /proc/self/stat ]; then
            for stat in /proc/[0-9]*/stat; do
              IFS= read -r line < "$stat" || continue
              id=${stat#/proc/}
              set -- ${line##*) }
              [ "$2" = "$parent" ] && echo "${id%/stat}"
            done
          else
            pgrep -P "$parent"
          fi
        }

        inhabitants() {
          ls -l /proc/[0-9]*/cwd | while IFS= read -r line; do
            id=${line##*/proc/}
            id=${id%%/*}
            while IFS= read -r dir; do
              [ -n "$dir" ] || continue
              case "${line##*/cwd -> }/" in "$dir"/*) echo "$id" ;; esac
            done <<END
        $dirs
        END
          done
        }

        for parent in $pids; do
          kill -STOP "$parent" || continue
          kill -KILL $(children) "$parent"
        done
        for turn in 1 2 3; do
          found=$(inhabitants)
          [ -n "$found" ] || break
          kill -KILL $found
        done
        printf '%s' "$dirs" | while IFS= read -r dir; do
          case ${dir##*/} in pgscale-*) ;; *) continue ;; esac
          for lock in "$dir"/*/postmaster.pid; do
            [ -f "$lock" ] || continue
            set -- $(sed -n 7p "$lock")
            [ -n "$2" ] && ipcrm -m "$2"
          done
          rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }
        done
        """;
}
