using System.Globalization;
using System.Text.Json;

namespace IadNative.Fleet.Claims;

/// <summary>
/// Which process does which piece of work, where several work in one folder, on one machine or on many that share it. A claim is a
/// small file, WORK.NUMBER.claim, that names its owner and is touched every <see cref="RenewEvery"/>. It is void at once where
/// its owner was a process of this machine that has ended, and otherwise when this process has seen it untouched for
/// <see cref="StaleAfter"/>: clocks of machines are never compared.
/// </summary>
/// <remarks>
/// A void claim is not replaced but outnumbered: whoever makes the file of the next number, which only one can, has the work.
/// Who has made one looks again and withdraws where there is another, since it may have been about to make its own by an older
/// list. So at most one process has a piece of work; that two withdraw and try again is possible and rare.
/// </remarks>
internal sealed class WorkClaims
{
    /// <summary>How often an owner touches its claims.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(20);

    /// <summary>A claim that was not touched for so long is void.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromMinutes(2);

    private const string Suffix = ".claim";

    /// <summary>The largest claim, in bytes, and the highest number: anything above is no claim of ours.</summary>
    private const int Largest = 64 << 10, Highest = 1_000_000;

    private const int ExistsOnUnix = 17, ExistsOnWindows = unchecked((int)0x80070050);

    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, Dictionary<string, Sight>> _seen = [];
    private readonly Lock _gate = new();

    /// <summary>Opens the folder of the claims, or makes one.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public WorkClaims(string folder, TimeProvider clock)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _clock = clock;
    }

    /// <summary>Claims a piece of work; null where another process has it.</summary>
    /// <param name="work">Its name: letters, digits and hyphens.</param>
    /// <exception cref="IOException">The claim cannot be written.</exception>
    public WorkClaim? TryTake(string work)
    {
        lock (_gate)
        {
            (int Number, string File)[] others = ClaimsOf(work);
            if (others.Length == 0) _seen.Remove(work);
            if (others.Any(other => IsHeld(work, other.File))) return null;
            int number = others.Length == 0 ? 1 : others.Max(other => other.Number) + 1;
            string own = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{work}.{number}{Suffix}"));
            if (!TryCreate(own)) return null;
            bool isAlone = false;
            try
            {
                isAlone = !ClaimsOf(work).Any(other => other.File != own && IsHeld(work, other.File));
            }
            finally
            {
                if (!isAlone) Delete(own);
            }

            if (!isAlone) return null;
            foreach ((_, string file) in others) Delete(file);
            _seen.Remove(work);
            return new WorkClaim(own, _clock);
        }
    }

    /// <summary>Deletes what claims of a piece of work nobody holds any more: their owners were killed before they could.</summary>
    public void DeleteVoid(string work)
    {
        lock (_gate)
        {
            (int Number, string File)[] claims = [.. ClaimsOf(work)];
            (int Number, string File)[] ended = [.. claims.Where(claim => !IsHeld(work, claim.File))];
            foreach ((_, string file) in ended) Delete(file);
            if (ended.Length == claims.Length) _seen.Remove(work);
        }
    }

    /// <summary>Deletes a claim's file, if it is there; one that cannot be deleted goes stale.</summary>
    internal static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What was done under the claim is stored, which is all that counts.
        }
    }

    private (int Number, string File)[] ClaimsOf(string work) =>
    [
        // A folder in the place of a claim counts as one, too: its number is taken.
        .. Directory.GetFileSystemEntries(_folder, $"{work}.*{Suffix}").Select(file => (NumberOf(file, work), file))
            .Where(claim => claim.Item1 is > 0 and <= Highest),
    ];

    private static int NumberOf(string file, string work) => int.TryParse(
        Path.GetFileName(file)[(work.Length + 1)..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number
        : 0;

    /// <summary>Makes the file of this process's claim; false where there is one.</summary>
    private static bool TryCreate(string file)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        }
        catch (IOException exception) when (exception.HResult is ExistsOnUnix or ExistsOnWindows)
        {
            return false;
        }

        try
        {
            using (stream) JsonSerializer.Serialize(stream, ClaimOwner.Current, ClaimJsonContext.Default.ClaimOwner);
            return true;
        }
        catch
        {
            // A claim that does not say whose it is would keep others waiting.
            Delete(file);
            throw;
        }
    }

    /// <summary>Pieces of work of whose claims it is known since when they look as they do.</summary>
    internal int Seen => _seen.Count;

    private bool IsHeld(string work, string file)
    {
        Dictionary<string, Sight>? seen = _seen.GetValueOrDefault(work);
        if (Look(file) is not { } look)
        {
            seen?.Remove(file);
            return false;
        }

        if (look.Owner is { HasEnded: true }) return false;
        if (seen is not null && seen.TryGetValue(file, out Sight? before) && before.Appearance == look)
            return _clock.GetElapsedTime(before.Since) < StaleAfter;
        if (seen is null) _seen[work] = seen = [];
        seen[file] = new Sight(look, _clock.GetTimestamp());
        return true;
    }

    /// <summary>What there is to be seen of a claim; null where it is gone.</summary>
    private static Appearance? Look(string file)
    {
        try
        {
            var info = new FileInfo(file);
            // A folder or a link is no claim, whoever made it. A pipe has no length, and opening it would wait for a writer.
            if (info.LinkTarget is not null || Directory.Exists(file)) return null;
            if (info.Length is 0 or > Largest) return new Appearance(default, null);
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            DateTime touched = File.GetLastWriteTimeUtc(stream.SafeFileHandle);
            return new Appearance(touched, JsonSerializer.Deserialize(stream, ClaimJsonContext.Default.ClaimOwner));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            // Still being written, or cut off when its owner was killed: nobody knows whose it is, and time tells.
            return new Appearance(default, null);
        }
    }

    /// <summary>How a claim's file looks.</summary>
    /// <param name="Touched">When its owner touched it last, by the owner's clock.</param>
    /// <param name="Owner">Its owner; null where the file does not say.</param>
    private sealed record Appearance(DateTime Touched, ClaimOwner? Owner);

    /// <summary>How a claim's file has looked for how long.</summary>
    private sealed record Sight(Appearance Appearance, long Since);
}
