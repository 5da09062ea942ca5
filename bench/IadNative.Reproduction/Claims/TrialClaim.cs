namespace IadNative.Reproduction.Claims;

/// <summary>A claim that this process holds: it is renewed until it is disposed, and then released.</summary>
internal sealed class TrialClaim : IDisposable
{
    private readonly string _file;
    private readonly ITimer _renewal;
    private readonly Lock _gate = new();
    private bool _released;

    /// <summary>Renews a claim from now on.</summary>
    /// <param name="file">The claim's file.</param>
    /// <param name="clock">The time.</param>
    public TrialClaim(string file, TimeProvider clock)
    {
        _file = file;
        _renewal = clock.CreateTimer(_ => Renew(clock), null, TrialClaims.RenewEvery, TrialClaims.RenewEvery);
    }

    /// <summary>Releases the claim.</summary>
    public void Dispose()
    {
        _renewal.Dispose();
        lock (_gate)
        {
            _released = true;
            TrialClaims.Delete(_file);
        }
    }

    private void Renew(TimeProvider clock)
    {
        lock (_gate)
        {
            if (_released) return;
            try
            {
                File.SetLastWriteTimeUtc(_file, clock.GetUtcNow().UtcDateTime);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next renewal is in time; and where the claim was taken over, another process trains the same numbers.
            }
        }
    }
}
